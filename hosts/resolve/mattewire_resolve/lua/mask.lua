-- Masks the clip under the playhead; started again, says how far that is, and lays what has finished on the timeline.

return function(given)
    local function part(name) return dofile(given.bundle .. "/mattewire_resolve/lua/" .. name .. ".lua") end
    local shared = part("shared")(given)
    local telling, placing = part("telling")(shared), part("placing")(shared)
    local say = shared.say
    local AGAIN = "Start this script again"
    local STALE_S = 90
    local MOST = 4 -- timecodes of frames to look at that are listed

    local project, timeline = shared.open()
    if not timeline then return end
    local settings, why = shared.settings()
    if not settings then
        say("The settings in", shared.settings_path, "cannot be read:", why .. ".", "Correct that line, or delete the",
            "file and run `mattewire install-host resolve` for a new one.")
        return
    end

    -- Which frames of a result ask for a look, worst first; nil when none does.
    local function asking(item, record)
        local at, codes = {}, {}
        for offset in tostring(record.worst or ""):gmatch("%d+") do at[#at + 1] = tonumber(offset) end
        for n = 1, math.min(#at, MOST) do codes[n] = telling.timecode(timeline, item:GetStart() + at[n]) end
        if #codes == 0 then return nil end
        local how_many = #at == 1 and "One frame asks for a look," or #at .. " frames ask for a look, the worst"
        local others = #codes > 1 and "Then " .. table.concat(codes, ", ", 2) .. "." or ""
        return how_many .. " at " .. codes[1] .. ": " .. record.why .. (others ~= "" and " " .. others or "")
    end

    local function place(item, track, record)
        local earlier = shared.placed(timeline, record.earlier)
        local found, notes = placing.place(project, timeline, item, track, record, settings.grade ~= false)
        if not found then
            say(record.clip .. ":", notes, "Nothing on the timeline was changed.")
            return
        end
        if #earlier > 0 then
            local gone, why = placing.remove(project, timeline, shared.placed(timeline, record.earlier))
            notes[#notes + 1] = gone and "The earlier one made room for it." or "The earlier one stays: " .. why
        end
        notes[#notes + 1] = asking(item, record)
        say("Imported: the cut-out of", record.clip .. ", " .. record.count .. " frames, on video track " .. found .. ".",
            unpack(notes))
    end

    local function told(record)
        if record.state == "running" then
            local left = record.left ~= "" and ", " .. record.left .. " left" or ""
            local far = record.finished .. " of " .. record.total .. " frames are finished" .. left .. "."
            say(record.clip .. ":", far, AGAIN, "later.")
        elseif record.state == "canceled" then
            say(record.clip .. ":", record.message, AGAIN, "on the clip to mask it anew.")
        else
            say("The clip could not be masked.", record.message, record.advice)
        end
    end

    -- Hands the clip in; its record afterwards, and whether that is the answer to this.
    local function hand_in(item, track)
        local facts, _, word = telling.facts(project, timeline, item, track, settings)
        if not shared.can_start then
            say("This Resolve lets no script start a program. Copy the next line into a terminal",
                "(in Windows: Command Prompt), then start this script again:")
            given.print(shared.command(facts))
            return
        end
        shared.start(facts)
        local record = shared.record(item)
        if not record or record.run ~= word then
            shared.could_not_start()
        elseif record.state == "running" or record.state == "done" then -- a short clip may have finished meanwhile
            say("Masking", '"' .. record.prompt .. '"', "in", record.clip .. ", " .. record.total .. " frames.", AGAIN,
                "to see how far it is, and to bring the cut-out in.")
        else
            told(record)
            if record.state ~= "refused" then shared.note("told", record) end -- so that the next start tries again
        end
    end

    -- Other clips whose results have come. A clip whose cut-out was removed has no record any more, unless the script
    -- cannot delete one: then only the clip under the playhead is looked at.
    local function bring_in(but)
        for _, each in ipairs(shared.can_start and shared.items(timeline) or {}) do
            local record = each.item:GetUniqueId() ~= but and not shared.is_ours(timeline, each.track) and
                shared.record(each.item)
            local fits = record and record.state == "done" and record.count == each.item:GetDuration()
            if fits and #shared.placed(timeline, record.pattern) == 0 then place(each.item, each.track, record) end
        end
    end

    local frame = telling.playhead(timeline)
    if not frame then
        say("Resolve does not say where the playhead is. Open the Edit page, then start this script again.")
        return
    end
    local item, track = telling.clip_at(timeline, frame)
    bring_in(item and item:GetUniqueId())
    if not item then
        local sound = telling.has_sound(timeline, frame) and " There is only sound here." or ""
        say("There is no clip under the playhead." .. sound, "Put it on the clip to mask, then start this script again.")
        return
    end
    if not tostring(settings.prompt or ""):match("%S") then
        say("Nothing says what to mask. Write it into the line prompt of", shared.settings_path .. ",", "save that,",
            "then start this script again.")
        return
    end
    local _, stamp = telling.facts(project, timeline, item, track, settings)
    local record = shared.record(item)
    if not record then return hand_in(item, track) end
    local changed = record.stamp ~= stamp and record.state ~= "running"
    if changed or record.state == "told" or record.state == "refused" then return hand_in(item, track) end
    if record.state == "done" then
        local there = shared.placed(timeline, record.pattern)
        if #there == 0 then return place(item, track, record) end
        say(record.clip, "has its cut-out on video track " .. there[1].track .. ".", "To mask it anew, change",
            shared.settings_path .. ", or start \"Mattewire remove last result\" first.")
    elseif record.state == "running" then
        local abandoned = type(os) == "table" and os.time and os.time() - record.at > STALE_S
        if abandoned and record.stamp == stamp then return hand_in(item, track) end
        told(record)
    else
        told(record)
        if not shared.can_start then return hand_in(item, track) end
        shared.note("told", record) -- so that the next start tries again
    end
end
