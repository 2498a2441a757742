-- Takes the newest result of the script Mattewire off the open timeline. Its mattes stay on disk.

return function(given)
    local function part(name) return dofile(given.bundle .. "/mattewire_resolve/lua/" .. name .. ".lua") end
    local shared = part("shared")(given)
    local placing = part("placing")(shared)

    local project, timeline = shared.open()
    if not timeline then return end
    local newest, found
    for _, each in ipairs(shared.items(timeline)) do
        local record = not shared.is_ours(timeline, each.track) and shared.record(each.item)
        if record and (not newest or record.at > newest.at) then
            local placed = shared.placed(timeline, record.pattern)
            if #placed == 0 then placed = shared.placed(timeline, record.earlier) end
            if #placed > 0 then newest, found = record, placed end
        end
    end
    if not newest then
        shared.say("This timeline has no cut-out that the script Mattewire laid there. What the panel laid, it removes.")
        return
    end
    local fine, why = placing.remove(project, timeline, found)
    if not fine then
        shared.say(newest.clip .. ":", why)
        return
    end
    if shared.can_start and newest.state ~= "running" then shared.note("forget", newest) end
    shared.say("The cut-out of", newest.clip, "was removed. Its mattes stay on disk.")
end
