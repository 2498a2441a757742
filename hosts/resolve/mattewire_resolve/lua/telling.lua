-- What the script tells the mattewire command of a clip: what Resolve's calls answered, as JSON in base64.
--
-- The calls are those of mattewire_resolve/api/reading.py, whose code reads this again through mattewire_resolve/told.py.

return function(shared)
    local telling = {}

    local escapes = {['"'] = '\\"', ["\\"] = "\\\\"}

    local function json(value)
        local kind = type(value)
        if kind == "table" then
            local parts = {}
            for name, each in pairs(value) do
                parts[#parts + 1] = json(tostring(name)) .. ":" .. json(each)
            end
            return "{" .. table.concat(parts, ",") .. "}"
        elseif kind == "number" then
            if value ~= value or value == math.huge or value == -math.huge then return "null" end
            return (("%.17g"):format(value):gsub(",", "."))
        elseif kind == "boolean" then
            return tostring(value)
        end
        return '"' .. tostring(value):gsub('[%c"\\]', function(sign)
            return escapes[sign] or ("\\u%04x"):format(sign:byte())
        end) .. '"'
    end

    local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

    local function base64(text)
        local made = {}
        for at = 1, #text, 3 do
            local a, b, c = text:byte(at, at + 2)
            local bits = a * 65536 + (b or 0) * 256 + (c or 0)
            for place = 3, 0, -1 do
                local digit = math.floor(bits / 64 ^ place) % 64
                local filled = place >= 2 or (place == 1 and b) or (place == 0 and c)
                made[#made + 1] = filled and alphabet:sub(digit + 1, digit + 1) or "="
            end
        end
        return table.concat(made)
    end

    -- The frames of a timecode from 00:00:00:00; drop-frame leaves out two numbers of 30 in every minute but each tenth
    -- (SMPTE ST 12-1), as mattewire_resolve/timecode.py has it.
    local function frame_of(timecode, rate, drop)
        local hours, minutes, seconds, sign, frames = tostring(timecode):match("^(%d+):(%d%d):(%d%d)([:;.])(%d+)$")
        if not hours then return nil end
        local base = math.ceil(rate)
        local whole = hours * 60 + minutes
        local counted = (whole * 60 + seconds) * base + frames
        if (drop or sign == ";") and base % 30 == 0 and rate < base then
            counted = counted - base / 15 * (whole - math.floor(whole / 10))
        end
        return counted
    end

    -- The other way, as timecode of mattewire_resolve/subject.py has it.
    local function timecode_of(counted, rate, drop)
        local base, mark = math.ceil(rate), ":"
        if drop and base % 30 == 0 and rate < base then
            local out = base / 15
            local ten = 600 * base - 9 * out
            local tens, rest = math.floor(counted / ten), counted % ten
            counted = counted + 9 * out * tens + out * math.max(0, math.floor((rest - out) / (60 * base - out)))
            mark = ";"
        end
        local seconds = math.floor(counted / base)
        local clock = ("%02d:%02d:%02d"):format(math.floor(seconds / 3600), math.floor(seconds / 60) % 60, seconds % 60)
        return clock .. mark .. ("%02d"):format(counted % base)
    end

    -- The timecode of a record frame as the timeline's ruler shows it; nil where Resolve does not tell enough.
    function telling.timecode(timeline, record)
        local rate = tonumber(tostring(timeline:GetSetting("timelineFrameRate")):match("^[%d.]+"))
        local drop = tostring(timeline:GetSetting("timelineDropFrameTimecode")) == "1"
        local begin = rate and frame_of(timeline:GetStartTimecode(), rate, drop)
        return begin and timecode_of(begin + record - timeline:GetStartFrame(), rate, drop)
    end

    -- The record frame under the playhead; nil on a page that has none.
    function telling.playhead(timeline)
        local rate = tonumber(tostring(timeline:GetSetting("timelineFrameRate")):match("^[%d.]+"))
        local drop = tostring(timeline:GetSetting("timelineDropFrameTimecode")) == "1"
        local here = rate and frame_of(timeline:GetCurrentTimecode(), rate, drop)
        local begin = rate and frame_of(timeline:GetStartTimecode(), rate, drop)
        return here and begin and timeline:GetStartFrame() + here - begin or nil
    end

    -- The topmost clip at a record frame that has a file, through titles and our own results; else what is there.
    function telling.clip_at(timeline, frame)
        local first
        for track = timeline:GetTrackCount("video"), 1, -1 do
            if timeline:GetIsTrackEnabled("video", track) and not shared.is_ours(timeline, track) then
                for _, item in ipairs(timeline:GetItemListInTrack("video", track) or {}) do
                    local start = item:GetStart()
                    if start <= frame and frame < start + item:GetDuration() and item:GetClipEnabled() then
                        if item:GetMediaPoolItem() then return item, track end
                        first = first or {item, track}
                    end
                end
            end
        end
        if first then return first[1], first[2] end
        return nil
    end

    function telling.has_sound(timeline, frame)
        for track = 1, timeline:GetTrackCount("audio") do
            for _, item in ipairs(timeline:GetItemListInTrack("audio", track) or {}) do
                local start = item:GetStart()
                if start <= frame and frame < start + item:GetDuration() then return true end
            end
        end
        return false
    end

    local function played(item)
        local found = {}
        for _, name in ipairs({"GetSourceStartFrame", "GetSourceEndFrame", "GetSourceStartTime", "GetSourceEndTime"}) do
            local answer = shared.try(item, name)
            if type(answer) == "number" then found[name] = answer end
        end
        local left = shared.try(item, "GetLeftOffset", true)
        if type(left) == "number" then found.GetLeftOffset = left end
        return found
    end

    local function media(item)
        local found = item:GetMediaPoolItem()
        if not found then return nil end
        local properties = {}
        for name, value in pairs(found:GetClipProperty() or {}) do
            local kind = type(value)
            if kind == "string" or kind == "number" or kind == "boolean" then properties[name] = value end
        end
        return {id = found:GetUniqueId(), properties = properties}
    end

    -- Tables with keys that begin with two underscores are Resolve's own bookkeeping in some versions.
    local wanted = {
        "Type", "File Path", "FPS", "Frames", "Start", "Start TC", "Drop frame", "Resolution", "PAR", "Video Codec",
        "Input Color Space", "Online Status",
    }

    -- What depends on the clip and the settings, in one text: with another one the clip is masked anew.
    local function stamp(item, says, settings)
        local parts = {item.duration, says and says.properties["File Path"] or ""}
        for _, name in ipairs({"GetSourceStartFrame", "GetSourceEndFrame", "GetSourceStartTime", "GetSourceEndTime"}) do
            parts[#parts + 1] = tostring(item.played[name])
        end
        local names = {}
        for name in pairs(settings) do if name ~= "grade" then names[#names + 1] = tostring(name) end end
        table.sort(names)
        for _, name in ipairs(names) do parts[#parts + 1] = name .. "=" .. tostring(settings[name]) end
        return table.concat(parts, "|")
    end

    local counted = 0

    -- What is told of a clip: the whole, its stamp, and the word that the answer carries.
    function telling.facts(project, timeline, item, track, settings)
        local says = media(item)
        if says then
            local kept = {}
            for _, name in ipairs(wanted) do kept[name] = says.properties[name] end
            says.properties = kept
        end
        local told = {
            id = item:GetUniqueId(), name = item:GetName() or "", start = item:GetStart(),
            duration = item:GetDuration(), comps = shared.try(item, "GetFusionCompCount") or 0, media = says,
            played = played(item),
        }
        counted = counted + 1
        local word = tostring({}):gsub("%W", "") .. counted
        local asked = {}
        local names = {"timelineFrameRate", "timelineDropFrameTimecode", "timelineResolutionWidth"}
        names[#names + 1] = "timelineResolutionHeight"
        for _, name in ipairs(names) do asked[name] = timeline:GetSetting(name) end
        local facts = {
            schema = "mattewire.told.1", run = word, stamp = stamp(told, says, settings), product = shared.product,
            version = shared.version, settings = settings, item = told,
            project = {
                colorScienceMode = project:GetSetting("colorScienceMode"),
                colorSpaceInput = project:GetSetting("colorSpaceInput"),
            },
            timeline = {
                settings = asked, start = timeline:GetStartFrame(), start_timecode = timeline:GetStartTimecode(),
                timecode = timeline:GetCurrentTimecode(), track = track,
            },
        }
        return base64(json(facts)), facts.stamp, word
    end

    return telling
end
