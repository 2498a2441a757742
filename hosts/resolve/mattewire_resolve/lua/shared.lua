-- What both scripts of the menu need: the open timeline, the settings, the records of jobs, the mattewire command.
--
-- Edition and version are asked first, and nothing that only Studio has is called ever. The Lua of some Resolves is a
-- closed room: third parties report that 21.1's free edition has neither io, os.execute nor require. So files are only
-- read, with dofile, and what cannot be started is printed for the artist to start.

return function(given)
    local shared = {resolve = given.resolve, home = given.home, program = given.program, prefix = "Mattewire"}
    local windows = given.home:match("^%a:[\\/]") ~= nil or given.home:sub(1, 2) == "\\\\"
    local slash = windows and "\\" or "/"
    local run = type(os) == "table" and os.execute or nil

    function shared.say(...)
        given.print("Mattewire: " .. table.concat({...}, " "))
    end

    -- What a call answers; nil also where Resolve has no such call, as older versions do.
    function shared.try(object, name, ...)
        local fine, answer = pcall(function(...) return object[name](object, ...) end, ...)
        if fine and answer ~= nil and answer ~= false then return answer end
        return nil
    end

    -- The open project and timeline, or a sentence.
    function shared.open()
        local product = shared.resolve and shared.try(shared.resolve, "GetProductName")
        local version = product and shared.try(shared.resolve, "GetVersionString")
        if not version then
            shared.say("DaVinci Resolve does not answer. Close any dialog that is open in it, then start this again.")
            return nil
        end
        shared.product, shared.version = product, version
        local manager = shared.resolve:GetProjectManager()
        local project = manager and manager:GetCurrentProject()
        if not project then
            shared.say("No project is open. Open it, then start this script again.")
            return nil
        end
        local timeline = project:GetCurrentTimeline()
        if not timeline then
            shared.say("No timeline is open. Open one and put the playhead on the clip to mask.")
            return nil
        end
        return project, timeline
    end

    -- A file that returns a table; nil and the reason where it cannot be read.
    local function table_in(path)
        local fine, found = pcall(dofile, path)
        if fine and type(found) == "table" then return found end
        return nil, fine and "it returns no table" or tostring(found)
    end

    function shared.record(item)
        local name = item:GetUniqueId():gsub("[^%w-]", "_")
        return table_in(given.home .. slash .. "resolve" .. slash .. "clips" .. slash .. name .. ".lua")
    end

    shared.settings_path = given.home .. slash .. "resolve" .. slash .. "settings.lua"

    function shared.settings()
        return table_in(shared.settings_path)
    end

    -- Every video clip of the timeline with its track, the lowest first.
    function shared.items(timeline)
        local found = {}
        for track = 1, timeline:GetTrackCount("video") do
            for _, item in ipairs(timeline:GetItemListInTrack("video", track) or {}) do
                found[#found + 1] = {item = item, track = track}
            end
        end
        return found
    end

    -- Whether a track holds results, which are no plates.
    function shared.is_ours(timeline, track)
        return (timeline:GetTrackName("video", track) or ""):sub(1, #shared.prefix) == shared.prefix
    end

    -- Where the files of a pattern stand on the timeline.
    function shared.placed(timeline, pattern)
        local found = {}
        if not pattern or pattern == "" then return found end
        local stem = pattern:match("^(.*)%%0?%d*d") or pattern
        for _, each in ipairs(shared.items(timeline)) do
            local media = shared.is_ours(timeline, each.track) and each.item:GetMediaPoolItem()
            local path = media and media:GetClipProperty("File Path") or ""
            if path:sub(1, #stem) == stem and path:sub(#stem + 1, #stem + 1):match("[%[%d]") then
                found[#found + 1] = each
            end
        end
        return found
    end

    -- One word of a command line, in the quotes of this machine's shell.
    local function quoted(text)
        if windows then return '"' .. text .. '"' end
        return "'" .. text:gsub("'", "'\\''") .. "'"
    end

    -- Resolve's own variables would make another Python stumble.
    local poison = {"PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH", "QT_PLUGIN_PATH"}

    -- The line that a shell runs. As nothing in it but the two paths can be odd, no more has to be quoted.
    function shared.command(words)
        local line = {}
        if windows then
            line[1] = 'set "MATTEWIRE_HOME=' .. given.home .. '"'
            for _, name in ipairs(poison) do line[#line + 1] = 'set "' .. name .. '="' end
            line[#line + 1] = quoted(given.program) .. " resolve-clip " .. words
            return table.concat(line, "&")
        end
        line[1] = "env"
        for _, name in ipairs(poison) do line[#line + 1] = "-u " .. name end
        line[#line + 1] = "MATTEWIRE_HOME=" .. quoted(given.home)
        line[#line + 1] = quoted(given.program) .. " resolve-clip " .. words
        return table.concat(line, " ")
    end

    shared.can_start = run ~= nil

    -- Starts the command and waits for it, half a second or so. How it went is in the record, or it did not start.
    function shared.start(words)
        run(shared.command(words) .. (windows and " >nul 2>nul" or " >/dev/null 2>&1"))
    end

    -- What becomes of a record: "forget" it with what was only made to lay it, or it was "told" why there is no result.
    function shared.note(what, record)
        shared.start("--" .. what .. " " .. (record.item:gsub("[^%w-]", "_")))
    end

    function shared.could_not_start()
        shared.say(
            "The command " .. given.program .. " cannot be started or does not work.",
            "Run `mattewire doctor` in a terminal, then `mattewire install-host resolve`."
        )
    end

    return shared
end
