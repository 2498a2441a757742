/**
 * What the panel may ask of After Effects, and what it is told.
 *
 * One call crosses `evalScript` as
 *
 *     mattewire.call("look", "{\"range\":\"comp\"}")
 *
 * with the question as JSON text inside a string literal that is pure ASCII (quotes, backslashes, control characters,
 * U+2028/2029 and everything above U+007E escaped). The answer is JSON text in ASCII: an `Answer`. It is never
 * `EvalScript error.` unless the scripts were not loaded. Errors are data, in an artist's words.
 *
 * Times are seconds of the comp from its first frame, which is 0 whatever it is called. `frame` of a comp is what its
 * timeline shows (with `displayStartFrame`); `frame` of a plate is the number in the file's name, or 1 for a movie's
 * first. Pixels are the plate's own, from its top left corner, y down.
 */

export type Answer<T> = { ok: true; value: T } | { ok: false; error: Fault };

/** `render`: drawing the layer into files first (`render_plan`, `render`, `render_take`) is a way out. */
export interface Fault {
  code: Code;
  message: string;
  field: string;
  advice: string;
  render: boolean;
  /** `masks` or `effects`: `look` and `check` take it in `keep` to go on all the same. */
  keep: "" | "masks" | "effects";
}

/** Codes of `protocol/SPEC.md`, so that a panel shows them as it shows the daemon's. */
export type Code =
  | "bad_field"
  | "plate_not_found"
  | "frame_missing"
  | "bad_pattern"
  | "range_outside_plate"
  | "unknown_job"
  | "not_writable"
  | "output_exists"
  | "unknown_format"
  | "install_incomplete"
  | "internal_error";

/** First and last frame, both included. */
export interface Range {
  first: number;
  last: number;
}

/**
 * Comp frames that show the plate at one pace. Comp frame k of `first`..`last` shows the plate frame
 * `plate + Math.floor(phase + (k - first) * rate)`. A layer has one run, a looped source one for each turn.
 */
export interface Run extends Range {
  plate: number;
  rate: number;
  phase: number;
}

/** What part of the plate a choice of range shows: `plate` is what has to be tracked through, null when it shows none. */
export interface Choice {
  comp: Range;
  plate: Range | null;
}

export interface PlateFacts {
  /** The plate as the daemon reads it: `/shots/founder.####.exr`, or a movie's path. */
  path: string;
  kind: "sequence" | "movie";
  first: number;
  last: number;
  /** Frames for each second as After Effects plays them; `native_fps` as the file says. */
  fps: number;
  native_fps: number;
  width: number;
  height: number;
  pixel_aspect: number;
  has_alpha: boolean;
  alpha: "none" | "straight" | "premultiplied" | "ignored";
  /** Always empty today: the interpretation's color profile is not in the scripting interface of After Effects 23-26. */
  colorspace: string;
}

export interface LayerFacts {
  id: number;
  index: number;
  name: string;
  /** Comp frames between in and out point, both included. */
  frames: Range;
  stretch: number;
  three_d: boolean;
  /** Job id of the Mattewire matte that this layer is seen through; empty for none. */
  job_id: string;
  /** Isolates that this layer has a part in, as plate or as one of the layers that were made from it. */
  isolates: Array<{ kind: IsolateKind; job_id: string }>;
}

export interface CompFacts {
  id: number;
  name: string;
  width: number;
  height: number;
  pixel_aspect: number;
  fps: number;
  frames: Range;
  work_area: Range;
  /** The frame under the current-time indicator, and the plate frame it shows (null where the layer shows none). */
  frame: number;
  plate_frame: number | null;
}

export interface ColorFacts {
  /** 8, 16 or 32 for each channel. */
  bits: number;
  working_space: string;
  linear_working_space: boolean;
  linear_blending: boolean;
}

export interface Look {
  plate: PlateFacts;
  layer: LayerFacts;
  comp: CompFacts;
  color: ColorFacts;
  runs: Run[];
  ranges: { work_area: Choice; layer: Choice; comp: Choice };
  /** Sentences for the artist, such as what was kept although it may move pixels. */
  notes: string[];
}

export interface LookQuestion {
  keep?: Array<"masks" | "effects">;
  /** A layer by id instead of the selected one. */
  layer_id?: number;
}

/** Cheap enough for a timer: nothing is read from disk and nothing selected is examined. */
export interface State {
  version: string;
  supported: boolean;
  /** Path of the project file; empty while it is not saved. */
  project: string;
  comp: { id: number; name: string; frame: number } | null;
  selected: number;
  layer: { id: number; name: string; plate_frame: number | null } | null;
}

/** One sequence or movie of mattes to be placed above the layer that `look` described. */
export interface Job {
  job_id: string;
  layer_id: number;
  /** Pattern with `####`, or a movie's path: RGB = 1, the matte in A, straight, of the plate's size. */
  path: string;
  /** Plate frames of the mattes, both included. A movie's own frames begin with `first`. */
  first: number;
  last: number;
  /** "founder speaking"; with `version` ("v001", empty for none) it names the footage and the layer. */
  label: string;
  version: string;
  /** The ticket as text, at most 15,000 bytes; kept in the footage item's comment and given back by `find`. */
  ticket: string;
  keep?: Array<"masks" | "effects">;
}

export interface Placed {
  job_id: string;
  comp_id: number;
  item_id: number;
  /** The matte layer, and the plate layer beneath it. */
  layer_id: number;
  plate_layer_id: number;
  name: string;
  /** Comp frames in which the plate is seen through the matte. */
  frames: Range;
  /** True: parented to the plate, so it follows later changes. False: it has a copy of the plate's movement. */
  linked: boolean;
  notes: string[];
}

export type IsolateKind = "color" | "background" | "caption";

/** What happens between subject and background of the plate `layer_id`; the one that is there is brought up to date. */
export interface IsolateQuestion extends Job {
  kind: IsolateKind;
  /** Of `color`: how gray and how dark all but the subject becomes, percent; 100 and 0. */
  gray?: number;
  darker?: number;
  /** Of `background`: a layer of the comp by id, or the name of one, or the path of a picture or movie. */
  background_layer_id?: number;
  background?: string;
  /** Of `caption`: `text` is all text above the plate while it is seen. Or the layers by id. */
  captions?: "text" | "selected";
  caption_layer_ids?: number[];
}

export interface Isolated extends Placed {
  kind: IsolateKind;
  /** The layer that is seen through the matte: the rest, the plate itself, or the subject above the captions. */
  front_layer_id: number;
  /** Names of the layers that are behind the subject, from the top; empty where their order was left alone. */
  captions: string[];
}

/** Masks from a document of splines: `masks_begin`, `masks_piece` as often as it takes, `masks_end`. */
export interface MasksQuestion {
  job_id: string;
  layer_id: number;
  /** The plate itself, or a copy of it above, which follows it. */
  on: "plate" | "copy";
  label: string;
  keep?: Array<"masks" | "effects">;
  /** As the document says. */
  width: number;
  height: number;
  objects: Array<{ object: number; name: string }>;
}

/** Keys of splines. `points` are the document's numbers, six for each point, with commas between: fast to take apart. */
export interface MasksPiece {
  job_id: string;
  splines: Array<{
    /** Place in drawing order, from 0; its keys may go on in the next piece. */
    at: number;
    object: number;
    hole: boolean;
    first: number;
    last: number;
    keys: Array<{ frame: number; points: string }>;
  }>;
}

export interface Masked {
  layer_id: number;
  plate_layer_id: number;
  name: string;
  masks: number;
  keys: number;
  notes: string[];
}

export interface Checked {
  /** How many frames of mattes there are. */
  frames: number;
}

/** Where a job's mattes are in this project. */
export interface Found {
  job_id: string;
  ticket: string;
  item_id: number;
  name: string;
  /** File or first file of the footage; `missing` when After Effects cannot find it. */
  path: string;
  missing: boolean;
  uses: Array<{ comp_id: number; comp: string; layer_id: number; plate_layer_id: number | null; plate: string }>;
}

/** A render of the layer alone into files, for layers whose picture is not that of a file. */
export interface RenderPlan {
  /** The comp that is rendered, a copy in which only the layer is on; and the layer that it is a picture of. */
  comp_id: number;
  layer_id: number;
  /** As After Effects names it: `/renders/founder_[#####].tif`, or a movie's path. */
  path: string;
  kind: "sequence" | "movie";
  /** The output module template that was found. */
  template: string;
  /** Comp frames, as the timeline shows them. */
  frames: Range;
}

export interface Rendered {
  layer_id: number;
  name: string;
  path: string;
}

export interface SelfTestStart {
  comp_id: number;
  layer_id: number;
}

/** One thing that the self-test checked in After Effects. */
export interface SelfTestStep {
  name: string;
  ok: boolean;
  words: string;
}

/** Every command: question in, value out. */
export interface Commands {
  state(question: Record<string, never>): State;
  look(question: LookQuestion): Look;
  /** Before `place`: that the layer is still there and the files are; changes nothing. */
  check(job: Job): Checked;
  /** Imports, interprets, lays the matte layer above the plate and sets the track matte. One undo step. */
  place(job: Job): Placed;
  /** New files behind the mattes of `job_id` (or of `was`, for a job made from another): same footage item, same layers. */
  update(job: Job & { was?: string }): Placed;
  /** Reads the files of a job anew, after they were written again under the same names. */
  reload(question: { job_id: string }): { items: number };
  /** Makes an isolate, or brings the plate's isolate of this kind up to date in place. One undo step. */
  isolate(question: IsolateQuestion): Isolated;
  /** Takes the isolates out that this layer has a part in, or the one of a kind: the comp is as before them. */
  isolate_remove(question: { layer_id: number; kind?: IsolateKind }): { layers: number; items: number };
  masks_begin(question: MasksQuestion): { keys: number };
  masks_piece(question: MasksPiece): { keys: number };
  /** Writes the masks into the layer, in place of Mattewire's earlier ones there. One undo step. */
  masks_end(question: { job_id: string }): Masked;
  /** Takes Mattewire's masks off a layer, and the copy that was made for them. */
  masks_remove(question: { layer_id: number }): { masks: number; layers: number };
  /** Takes the mattes of a job out of the project, and the isolates made with them; the plate is whole again. */
  remove(question: { job_id: string }): { layers: number; items: number };
  find(question: { job_id?: string }): Found[];
  /** Moves the current-time indicator to the comp frame that shows this plate frame. */
  go_to(question: { layer_id: number; plate_frame: number }): { frame: number };
  /** Selects the layers of a job, so that the artist sees where they are. */
  show(question: { job_id: string }): { layers: number };
  render_plan(question: { folder: string; name: string; layer_id?: number }): RenderPlan;
  /** Renders what `render_plan` queued; After Effects is busy until it is done. */
  render(plan: RenderPlan): RenderPlan;
  render_take(plan: RenderPlan): Rendered;
  /** Takes a plan back that was not rendered. */
  render_drop(plan: RenderPlan): { items: number };
  setting_get(question: { name: string }): { value: string };
  setting_set(question: { name: string; value: string }): { value: string };
  selftest_begin(question: { path: string; first: number; last: number; fps: number; width: number; height: number }): SelfTestStart;
  /** Draws one plate frame of the self-test's comp, seen through the matte, into a PNG. After Effects may write it later. */
  selftest_picture(question: { comp_id: number; plate_frame: number; path: string }): { path: string };
  selftest_check(question: { comp_id: number; job_id: string }): SelfTestStep[];
  selftest_end(question: { comp_id: number }): { items: number };
}
