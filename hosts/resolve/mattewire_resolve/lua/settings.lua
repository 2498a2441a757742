-- What the script Mattewire masks when it is started from Workspace > Scripts in DaVinci Resolve.
-- Change what stands behind the equals signs, save this file as UTF-8, and start the script again.

return {
    -- What to mask, in words: "founder speaking". Several things with commas between them.
    prompt = "",
    -- What to leave out, in words.
    exclude = "",
    -- Of several matches "best" takes one for each phrase, "all" takes every one.
    pick = "best",
    -- "preview" needs no weights and takes simple color words: "red ball". See: mattewire weights list
    engine = "preview",
    -- "final", or "draft", which is faster.
    quality = "final",

    -- The edge, in whole pixels of the clip's file. Below 0, grow shrinks.
    grow = 0,
    feather = 0,
    fill_holes = 0,
    remove_specks = 0,
    -- How the edge is found: "guided" follows the plate, "plain" is as the engine draws it, "closed_form" is solved from
    -- colors and slow, "matting" is for hair and fur and needs a matting model.
    edges = "guided",
    -- true: the edge may be wider where it moves.
    motion_blur = false,

    -- Whether the cut-out gets the clip's grade.
    grade = true,
    -- The folder for the mattes; empty: the folder mattes beside the clip's file.
    out = "",
}
