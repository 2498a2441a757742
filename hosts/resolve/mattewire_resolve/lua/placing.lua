-- Laying a finished cut-out on a track of our own above its clip, and taking one out again, by the panel's rules:
--
-- The files are imported into the bin Mattewire, exactly those that are used, and their alpha is set to straight. They
-- are laid at the clip's record frames on a track called "Mattewire mattes - red ball" right above the clip; one of that
-- name is taken when it is free there and only tracks of ours lie between. Transform, crop, scaling, composite mode,
-- opacity and input color space are the clip's, ZoomGang first, for chained zooms cannot differ. What a call answers
-- proves nothing: the timeline is read again, and when it is not as wanted, everything is taken back. The rules are
-- those of mattewire_resolve/placing.py, but for the marker: the record of the clip stands in for it.

return function(shared)
    local placing = {}
    local NAME, BIN, VIDEO, COLOR, LONGEST_LABEL = "Mattewire mattes", "Mattewire", "video", "Teal", 40

    local function track_name(record)
        local label = record.prompt:sub(1, LONGEST_LABEL):gsub("[\192-\255][\128-\191]*$", function(last)
            return #record.prompt > LONGEST_LABEL and "" or last -- never half a letter
        end)
        return NAME .. " - " .. label
    end

    local function ids(items)
        local found = {}
        for _, each in ipairs(items or {}) do found[each:GetUniqueId()] = true end
        return found
    end

    -- Those of ``now`` that were not there ``before``.
    local function new_ones(now, before)
        local found = {}
        for _, each in ipairs(now or {}) do
            if not before[each:GetUniqueId()] then found[#found + 1] = each end
        end
        return found
    end

    local function our_bin(root)
        for _, folder in ipairs(root:GetSubFolderList() or {}) do
            if folder:GetName() == BIN then return folder end
        end
        return nil
    end

    -- Does ``work`` on the Edit page, where alone clips are deleted; page, bin and playhead are restored.
    local function on_edit_page(project, timeline, work)
        local pool, page = project:GetMediaPool(), shared.resolve:GetCurrentPage()
        local folder, code = pool:GetCurrentFolder(), timeline:GetCurrentTimecode()
        if page ~= "edit" then shared.resolve:OpenPage("edit") end
        local fine, answer = pcall(work, pool)
        if folder then pool:SetCurrentFolder(folder) end
        if code and timeline:GetCurrentTimecode() ~= code then timeline:SetCurrentTimecode(code) end
        if page and page ~= "edit" then shared.resolve:OpenPage(page) end
        return fine, answer
    end

    -- What goes wrong on purpose: a sentence for the artist.
    local function refuse(sentence) error({sentence = sentence}, 0) end

    local function import(pool, record, undo)
        local root = pool:GetRootFolder()
        if not our_bin(root) then
            pool:AddSubFolder(root, BIN)
            undo[#undo + 1] = function()
                local bin = our_bin(root)
                if bin and #(bin:GetClipList() or {}) == 0 then pool:DeleteFolders({bin}) end
            end
        end
        local bin = our_bin(root)
        if not bin or not pool:SetCurrentFolder(bin) then refuse("Resolve made no bin called " .. BIN .. ".") end
        local before = ids(bin:GetClipList())
        pool:ImportMedia({{FilePath = record.pattern, StartIndex = record.first, EndIndex = record.last}})
        local new = new_ones(bin:GetClipList(), before)
        undo[#undo + 1] = function() if #new > 0 then pool:DeleteClips(new) end end
        if #new ~= 1 or math.floor(tonumber(new[1]:GetClipProperty("Frames")) or 0) ~= record.count then
            refuse("Resolve did not import the mattes " .. record.pattern .. ". See in its Media page that it can.")
        end
        return new[1]
    end

    -- What decides how pixels are read: straight alpha, and the clip's own input color space.
    local function describe(media, item, timeline, notes)
        local wanted = {["Alpha mode"] = "Straight"}
        local rate = tostring(timeline:GetSetting("timelineFrameRate")):match("^[%d.]+")
        if tonumber(tostring(media:GetClipProperty("FPS")):match("^[%d.]+")) ~= tonumber(rate) then
            media:SetClipProperty("FPS", rate) -- a timeline may have a rate of its own; what comes of it is measured
        end
        local original = item:GetMediaPoolItem()
        for _, name in ipairs({"Input Color Space", "PAR"}) do
            local value = original and original:GetClipProperty(name) or ""
            if value ~= "" then wanted[name] = value end
        end
        for name, value in pairs(wanted) do
            if media:GetClipProperty(name) ~= value then media:SetClipProperty(name, value) end
            if media:GetClipProperty(name) ~= value then
                notes[#notes + 1] = "Resolve did not take " .. name .. " = " .. value .. ": set it in Clip Attributes."
            end
        end
        media:SetClipColor(COLOR)
    end

    local function is_free(timeline, track, start, length)
        for _, item in ipairs(timeline:GetItemListInTrack(VIDEO, track) or {}) do
            if item:GetStart() < start + length and start < item:GetEnd() then return false end
        end
        return true
    end

    local function own_track(timeline, below, name, start, length, undo)
        for track = below + 1, timeline:GetTrackCount(VIDEO) do
            if not shared.is_ours(timeline, track) then break end
            local open = timeline:GetIsTrackEnabled(VIDEO, track) and not timeline:GetIsTrackLocked(VIDEO, track)
            if timeline:GetTrackName(VIDEO, track) == name and open and is_free(timeline, track, start, length) then
                return track
            end
        end
        local count = timeline:GetTrackCount(VIDEO)
        if below < count then timeline:AddTrack(VIDEO, {index = below + 1}) end
        local track = below + 1
        if timeline:GetTrackCount(VIDEO) == count then
            timeline:AddTrack(VIDEO)
            track = count + 1
        end
        if timeline:GetTrackCount(VIDEO) ~= count + 1 or #(timeline:GetItemListInTrack(VIDEO, track) or {}) > 0 then
            refuse("Resolve made no new video track for the mattes. Look whether a dialog is open in it.")
        end
        undo[#undo + 1] = function() timeline:DeleteTrack(VIDEO, track) end
        timeline:SetTrackName(VIDEO, track, name)
        if timeline:GetTrackName(VIDEO, track) ~= name then refuse("Resolve did not name the new video track.") end
        return track
    end

    -- Frames of an import are counted from 0 or by its files, which was not measured: both are tried. The end is excluded.
    local function lay(pool, timeline, media, track, start, record)
        local before = ids(timeline:GetItemListInTrack(VIDEO, track))
        for _, first in ipairs(record.first == 0 and {0} or {0, record.first}) do
            local answer = pool:AppendToTimeline({{
                mediaPoolItem = media, startFrame = first, endFrame = first + record.count, mediaType = 1,
                trackIndex = track, recordFrame = start,
            }})
            local new = new_ones(timeline:GetItemListInTrack(VIDEO, track), before)
            local stands = #new == 1 and new[1]:GetStart() == start and new[1]:GetDuration() == record.count
            -- After an error what was laid is gone at the next save (measured by others), though it stands there now.
            if stands and answer and #answer > 0 then return new[1] end
            if #new > 0 then timeline:DeleteClips(new, false) end
        end
        refuse("Resolve did not lay the " .. record.count .. " frames at the clip's place. Look whether a dialog is open.")
    end

    local function alike(one, other)
        if type(one) == "number" and type(other) == "number" then
            return math.abs(one - other) <= 1e-4 * math.max(1, math.abs(one))
        end
        return one == other
    end

    local function copy_look(item, matte, grade, notes)
        local wanted, left = item:GetProperty() or {}, {}
        if wanted.ZoomGang ~= nil then matte:SetProperty("ZoomGang", wanted.ZoomGang) end
        for name, value in pairs(wanted) do
            if name ~= "ZoomGang" and not alike(matte:GetProperty(name), value) then matte:SetProperty(name, value) end
        end
        local now = matte:GetProperty() or {}
        for name, value in pairs(wanted) do
            if not alike(now[name], value) then left[#left + 1] = tostring(name) end
        end
        if #left > 0 then
            table.sort(left)
            notes[#notes + 1] = "Resolve did not take " .. table.concat(left, ", ") .. ": set it in the Inspector."
        end
        if grade and not item:CopyGrades({matte}) then
            notes[#notes + 1] = "Resolve did not copy the grade: do it with a middle click on the Color page."
        end
        if (shared.try(item, "GetFusionCompCount") or 0) > 0 then
            notes[#notes + 1] = "The clip has a Fusion composition, which the cut-out has not."
        end
        matte:SetClipColor(COLOR)
    end

    -- Lays the result of ``record`` above ``item`` of track ``below``. The track's number and the notes; nil and a
    -- sentence when Resolve refused, the timeline then is as it was.
    function placing.place(project, timeline, item, below, record, grade)
        local undo, notes, done = {}, {}, {}
        local fine, problem = on_edit_page(project, timeline, function(pool)
            local worked, why = pcall(function()
                local media = import(pool, record, undo)
                describe(media, item, timeline, notes)
                local track = own_track(timeline, below, track_name(record), item:GetStart(), record.count, undo)
                local matte = lay(pool, timeline, media, track, item:GetStart(), record)
                undo[#undo + 1] = function() timeline:DeleteClips({matte}, false) end
                copy_look(item, matte, grade, notes)
                shared.try(matte, "SetName", record.clip)
                done.track = track
            end)
            if not worked then
                for at = #undo, 1, -1 do pcall(undo[at]) end
                error(why, 0)
            end
        end)
        if not fine then
            return nil, type(problem) == "table" and problem.sentence or "It could not be laid: " .. tostring(problem)
        end
        if record.note ~= "" then notes[#notes + 1] = record.note end
        return done.track, notes
    end

    -- Takes out what ``placed`` lists: the clips, their imports, and track and bin where nothing else is in them. nil
    -- and a sentence when Resolve did not.
    function placing.remove(project, timeline, placed)
        local fine, problem = on_edit_page(project, timeline, function(pool)
            local media, items, tracks = {}, {}, {}
            for _, each in ipairs(placed) do
                if timeline:GetIsTrackLocked(VIDEO, each.track) then
                    refuse("Video track " .. each.track .. " is locked. Unlock it, then start this again.")
                end
                items[#items + 1], media[#media + 1] = each.item, each.item:GetMediaPoolItem()
                tracks[each.track] = true
            end
            local gone = ids(items)
            timeline:DeleteClips(items, false)
            for _, each in ipairs(shared.items(timeline)) do
                if gone[each.item:GetUniqueId()] then refuse("Resolve did not delete the cut-out.") end
            end
            for track = timeline:GetTrackCount(VIDEO), 1, -1 do
                local empty = #(timeline:GetItemListInTrack(VIDEO, track) or {}) == 0
                if tracks[track] and empty and timeline:GetTrackName(VIDEO, track):sub(1, #NAME) == NAME then
                    timeline:DeleteTrack(VIDEO, track)
                end
            end
            if #media > 0 then pool:DeleteClips(media) end
            local bin = our_bin(pool:GetRootFolder())
            local empty = bin and #(bin:GetClipList() or {}) == 0 and #(bin:GetSubFolderList() or {}) == 0
            if empty then pool:DeleteFolders({bin}) end
        end)
        if fine then return true end
        return nil, type(problem) == "table" and problem.sentence or "It could not be removed: " .. tostring(problem)
    end

    return placing
end
