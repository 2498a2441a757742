-- Mattewire: takes the newest cut-out of the script Mattewire off the open timeline. Its mattes stay on disk.

-- >>> Mattewire, as it is before `mattewire install-host resolve` >>>
local BUNDLE, PROGRAM, HOME = "", "", ""
-- <<< Mattewire <<<

local tell = print or function() end
if BUNDLE == "" then
    tell("Mattewire: this script was copied by hand. Run in a terminal: mattewire install-host resolve")
    return
end
local fine, start = pcall(dofile, BUNDLE .. "/mattewire_resolve/lua/removing.lua")
if not fine then
    tell("Mattewire: its files in " .. BUNDLE .. " cannot be read. Run in a terminal: mattewire install-host resolve")
    tell(tostring(start))
    return
end
local application = resolve or (Resolve and Resolve())
start({resolve = application, print = tell, bundle = BUNDLE, program = PROGRAM, home = HOME})
