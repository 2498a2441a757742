-- Mattewire: masks the clip under the playhead. Started again, it says how far that is, and lays the finished cut-out on
-- a track above the clip. For every edition of DaVinci Resolve; no window, its words are in Workspace > Console.

-- >>> Mattewire, as it is before `mattewire install-host resolve` >>>
local BUNDLE, PROGRAM, HOME = "", "", ""
-- <<< Mattewire <<<

local tell = print or function() end
if BUNDLE == "" then
    tell("Mattewire: this script was copied by hand. Run in a terminal: mattewire install-host resolve")
    return
end
local fine, start = pcall(dofile, BUNDLE .. "/mattewire_resolve/lua/mask.lua")
if not fine then
    tell("Mattewire: its files in " .. BUNDLE .. " cannot be read. Run in a terminal: mattewire install-host resolve")
    tell(tostring(start))
    return
end
local application = resolve or (Resolve and Resolve())
start({resolve = application, print = tell, bundle = BUNDLE, program = PROGRAM, home = HOME})
