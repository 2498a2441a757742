// Made by protocol/generate.py from mattewire_protocol. Do not edit.

/** The job is stored on disk. `ahead`: jobs that run before it. `repeated`: it was stored already. */
export interface Accepted {
  /** the job's id */
  job_id: string;
  /** the job's state */
  state: "queued" | "running" | "stopping" | "done" | "canceled" | "failed" | "set_aside";
  /** the newest event's sequence number */
  seq: number;
  /** jobs that run before it */
  ahead: number;
  /** true: it was stored already, nothing new was made */
  repeated: boolean;
}

/** A box drawn on `frame` around object `object`: x0 < x1, y0 < y1, plate pixels. */
export interface Box {
  /** the keyframe it is drawn on */
  frame: number;
  /** left edge */
  x0: number;
  /** top edge */
  y0: number;
  /** right edge, larger than `x0` */
  x1: number;
  /** bottom edge, larger than `y0` */
  y1: number;
  /** the object it belongs to */
  object: number;
}

/** A box drawn on `frame` around object `object`: x0 < x1, y0 < y1, plate pixels. */
export interface BoxInput {
  /** the keyframe it is drawn on */
  frame: number;
  /** left edge */
  x0: number;
  /** top edge */
  y0: number;
  /** right edge, larger than `x0` */
  x1: number;
  /** bottom edge, larger than `y0` */
  y1: number;
  /** the object it belongs to */
  object?: number;
}

/** Stops a job. Finished frames stay. Answered at once; the job's own `job` event says when it has stopped. */
export interface Cancel {
  /** the job's id, chosen by the client: letters, digits, `-`, `_` */
  job_id: string;
}

/** Stops a job. Finished frames stay. Answered at once; the job's own `job` event says when it has stopped. */
export interface CancelInput {
  /** the job's id, chosen by the client: letters, digits, `-`, `_` */
  job_id: string;
}

/** Answers `cancel` with the job's state: `stopping`, `canceled`, or the final state it already had. */
export interface Canceling {
  /** the job's id */
  job_id: string;
  /** the job's state */
  state: "queued" | "running" | "stopping" | "done" | "canceled" | "failed" | "set_aside";
}

/** Work on each object's soft matte, done in the order of the fields; 0 leaves a step out. */
export interface CleanUp {
  /** the object it is for; 0: every one that has none of its own */
  object: number;
  /** largest diameter of a speck removed, plate pixels */
  remove_specks: number;
  /** largest diameter of a hole filled, plate pixels */
  fill_holes: number;
  /** widest gap closed, plate pixels */
  close: number;
  /** size of the wiggles taken off the contour, plate pixels */
  smooth: number;
  /** frames on either side that an edge is steadied by */
  temporal: number;
  /** plate pixels that the edge moves outward; below 0 inward */
  dilate: number;
  /** width over which the edge is softened, plate pixels */
  feather: number;
}

/** Work on each object's soft matte, done in the order of the fields; 0 leaves a step out. */
export interface CleanUpInput {
  /** the object it is for; 0: every one that has none of its own */
  object?: number;
  /** largest diameter of a speck removed, plate pixels */
  remove_specks?: number;
  /** largest diameter of a hole filled, plate pixels */
  fill_holes?: number;
  /** widest gap closed, plate pixels */
  close?: number;
  /** size of the wiggles taken off the contour, plate pixels */
  smooth?: number;
  /** frames on either side that an edge is steadied by */
  temporal?: number;
  /** plate pixels that the edge moves outward; below 0 inward */
  dilate?: number;
  /** width over which the edge is softened, plate pixels */
  feather?: number;
}

/** One sequence, movie or document: `path` and `format`, what is in it, and how it is stored. */
export interface Deliverable {
  /** where the files go: a pattern with one counter, or a movie's or document's file; `{shot}`, `{object}`, `{version}` and `{view}` are filled in */
  path: string;
  /** file format, one of the daemon's `formats` */
  format: string;
  /** what is in it; `layers` and `cryptomatte` need `exr` */
  content: "matte" | "cutout" | "layers" | "cryptomatte";
  /** only this object; 0: all of them */
  object: number;
  /** of a matte: `A` alone, `Y` one gray channel, `RGB` gray without A, `RGBA` white with A the matte; empty: the format's own */
  channels: "" | "A" | "Y" | "RGB" | "RGBA";
  /** of an EXR; empty: half, a cut-out's as the plate, Cryptomatte's float */
  depth: "" | "half" | "float";
  /** of an EXR; empty: zip */
  compression: "" | "zip" | "zips" | "piz" | "dwaa" | "none";
  /** true: a cut-out's RGB is multiplied by A */
  premultiplied: boolean;
  /** of a movie, where the plate does not say it; 0: the plate's */
  fps: number;
  /** of splines: plate pixels that they may lie off the matte's edge, 0.1 to 20; 0: 0.75 */
  tolerance: number;
  /** of a cut-out: `plate`, its own numbers, bit for bit (empty: the same), or `foreground`, the background taken out of soft edges */
  colors: "" | "plate" | "foreground";
  /** true: an EXR also has a Z channel, the distance from the camera; needs `depth.engine` */
  z: boolean;
}

/** One sequence, movie or document: `path` and `format`, what is in it, and how it is stored. */
export interface DeliverableInput {
  /** where the files go: a pattern with one counter, or a movie's or document's file; `{shot}`, `{object}`, `{version}` and `{view}` are filled in */
  path: string;
  /** file format, one of the daemon's `formats` */
  format?: string;
  /** what is in it; `layers` and `cryptomatte` need `exr` */
  content?: "matte" | "cutout" | "layers" | "cryptomatte";
  /** only this object; 0: all of them */
  object?: number;
  /** of a matte: `A` alone, `Y` one gray channel, `RGB` gray without A, `RGBA` white with A the matte; empty: the format's own */
  channels?: "" | "A" | "Y" | "RGB" | "RGBA";
  /** of an EXR; empty: half, a cut-out's as the plate, Cryptomatte's float */
  depth?: "" | "half" | "float";
  /** of an EXR; empty: zip */
  compression?: "" | "zip" | "zips" | "piz" | "dwaa" | "none";
  /** true: a cut-out's RGB is multiplied by A */
  premultiplied?: boolean;
  /** of a movie, where the plate does not say it; 0: the plate's */
  fps?: number;
  /** of splines: plate pixels that they may lie off the matte's edge, 0.1 to 20; 0: 0.75 */
  tolerance?: number;
  /** of a cut-out: `plate`, its own numbers, bit for bit (empty: the same), or `foreground`, the background taken out of soft edges */
  colors?: "" | "plate" | "foreground";
  /** true: an EXR also has a Z channel, the distance from the camera; needs `depth.engine` */
  z?: boolean;
}

/** Distances from the camera, estimated. `engine`: which estimator, by name; empty: none is run. */
export interface Depth {
  /** depth engine's name; empty: no distances are estimated */
  engine: string;
  /** true: what stands before an object cuts its matte */
  holdout: boolean;
  /** how much nearer it must be, as a share of the distances' spread on the frame */
  margin: number;
}

/** Distances from the camera, estimated. `engine`: which estimator, by name; empty: none is run. */
export interface DepthInput {
  /** depth engine's name; empty: no distances are estimated */
  engine?: string;
  /** true: what stands before an object cuts its matte */
  holdout?: boolean;
  /** how much nearer it must be, as a share of the distances' spread on the frame */
  margin?: number;
}

/** Looks at one frame at once, before the next frame of any running job. */
export interface Detect {
  /** what to look for, where */
  search: Search;
}

/** Looks at one frame at once, before the next frame of any running job. */
export interface DetectInput {
  /** what to look for, where */
  search: SearchInput;
}

/** Answers `detect`. `preview` names the type of the binary part (`image/jpeg`), empty when there is none. */
export interface Detected {
  /** the frame looked at */
  frame: number;
  /** width of the plate's display window, plate pixels */
  width: number;
  /** its height */
  height: number;
  /** engine that looked */
  engine: string;
  /** the colorspace the plate was read as */
  colorspace: string;
  /** every match, best first */
  objects: Detection[];
  /** media type of the binary part, `image/jpeg`; empty: there is none */
  preview: string;
  /** preview pixels for each plate pixel */
  preview_scale: number;
  /** who said so: `request`, `file rules`, `metadata` or `file kind` */
  colorspace_from: string;
  /** stops that the models saw the plate brighter by */
  exposure: number;
}

/** One thing found: a box in plate pixels, the phrase it matches, a score in 0..1, and its object number. */
export interface Detection {
  /** object number, from 1; 0 for a match that is no numbered object */
  object: number;
  /** left edge */
  x0: number;
  /** top edge */
  y0: number;
  /** right edge */
  x1: number;
  /** bottom edge */
  y1: number;
  /** the phrase it matches; empty for a drawn object */
  phrase: string;
  /** how sure the engine is */
  score: number;
  /** whether it is, or would be, tracked */
  picked: boolean;
}

/** How the engine's mattes, which are coarser than the plate, get edges of plate pixels. */
export interface Edges {
  /** `guided`: the plate's own edges steer the enlargement; `plain`: enlarged as it is; `closed_form`: alpha solved from the plate's colors; `matting`: a matting model */
  method: "guided" | "plain" | "closed_form" | "matting";
  /** the matting model's name; empty: the daemon's own choice */
  matting: string;
  /** plate pixels on either side of the contour that may change; 0: as the engine's resolution leaves open */
  band: number;
  /** true: the band is wider along the motion */
  motion_blur: boolean;
}

/** How the engine's mattes, which are coarser than the plate, get edges of plate pixels. */
export interface EdgesInput {
  /** `guided`: the plate's own edges steer the enlargement; `plain`: enlarged as it is; `closed_form`: alpha solved from the plate's colors; `matting`: a matting model */
  method?: "guided" | "plain" | "closed_form" | "matting";
  /** the matting model's name; empty: the daemon's own choice */
  matting?: string;
  /** plate pixels on either side of the contour that may change; 0: as the engine's resolution leaves open */
  band?: number;
  /** true: the band is wider along the motion */
  motion_blur?: boolean;
}

/** An engine the daemon offers. `ready` is false while, say, its weights are missing; `reason` says why. */
export interface EngineInfo {
  /** what `engine` in a request says */
  name: string;
  /** name for the panel */
  label: string;
  /** true: no weights, no claim of quality; the panel labels its results */
  preview: boolean;
  /** false: cannot run now */
  ready: boolean;
  /** why it is not ready */
  reason: string;
  /** license of the engine's weights */
  license: string;
  /** words it understands, when they are few; empty: any phrase */
  understands: string[];
  /** what it may be named for: `detect`, `segment`, `refine`, `depth` */
  does: string[];
}

/** Answers a message that could not be served. `code` is one of the error table. */
export interface Error {
  /** one of the error table */
  code: string;
  /** what happened this time */
  message: string;
  /** path of the field at fault, as in `request.boxes[2].x1`; empty when none */
  field: string;
  /** the way out, for the artist */
  advice: string;
  /** whether the same again can succeed */
  retryable: boolean;
}

/** Answers a message that could not be served. `code` is one of the error table. */
export interface ErrorInput {
  /** one of the error table */
  code: string;
  /** what happened this time */
  message: string;
  /** path of the field at fault, as in `request.boxes[2].x1`; empty when none */
  field?: string;
  /** the way out, for the artist */
  advice?: string;
  /** whether the same again can succeed */
  retryable?: boolean;
}

/** Makes the files of job `of` once more, as job `job_id`, without an engine: other formats, other clean-up. */
export interface Finish {
  /** the job's id, chosen by the client: letters, digits, `-`, `_` */
  job_id: string;
  /** id of the job whose tracked shot it is */
  of: string;
  /** the files wanted */
  out: Deliverable[];
  /** names of objects; others are named by their phrase */
  names: ObjectName[];
  /** work on the mattes; one for every object, and one for each that differs */
  clean_up: CleanUp[];
  /** garbage mattes and holdouts */
  shapes: Shape[];
  /** true: mattes already there may be replaced */
  overwrite: boolean;
  /** higher runs first */
  priority: number;
  /** the artist's name for the job */
  label: string;
  /** how the mattes get edges of plate pixels */
  edges: Edges;
  /** distances from the camera, and what they are for */
  depth: Depth;
}

/** Makes the files of job `of` once more, as job `job_id`, without an engine: other formats, other clean-up. */
export interface FinishInput {
  /** the job's id, chosen by the client: letters, digits, `-`, `_` */
  job_id: string;
  /** id of the job whose tracked shot it is */
  of: string;
  /** the files wanted */
  out: DeliverableInput[];
  /** names of objects; others are named by their phrase */
  names?: ObjectNameInput[];
  /** work on the mattes; one for every object, and one for each that differs */
  clean_up?: CleanUpInput[];
  /** garbage mattes and holdouts */
  shapes?: ShapeInput[];
  /** true: mattes already there may be replaced */
  overwrite?: boolean;
  /** higher runs first */
  priority?: number;
  /** the artist's name for the job */
  label?: string;
  /** how the mattes get edges of plate pixels */
  edges?: EdgesInput;
  /** distances from the camera, and what they are for */
  depth?: DepthInput;
}

/** What the detector found on the keyframe, picked or not. */
export interface FoundEvent {
  /** the job's id */
  job_id: string;
  /** the event's sequence number within its job, from 1, without gaps */
  seq: number;
  /** which run of the job this belongs to: 0 before the first, one more at each start */
  attempt: number;
  /** the keyframe that was looked at */
  frame: number;
  /** everything found, picked or not */
  objects: Detection[];
}

/** A frame's mattes are on disk. `score` in 0..1; `flags` name why it is worth a look, `why` says it. */
export interface FrameEvent {
  /** the job's id */
  job_id: string;
  /** the event's sequence number within its job, from 1, without gaps */
  seq: number;
  /** which run of the job this belongs to: 0 before the first, one more at each start */
  attempt: number;
  /** the frame */
  frame: number;
  /** its state now */
  state: "missing" | "queued" | "done" | "flagged" | "stale" | "locked";
  /** how sure the engine is of this frame */
  score: number;
  /** why it is worth a look: names of flags */
  flags: string[];
  /** files written for it, one for each deliverable */
  paths: string[];
  /** where each object is; one that is out of sight is not listed */
  objects: Detection[];
  /** seconds of this attempt so far */
  elapsed_s: number;
  /** the flags as sentences for the artist */
  why: string[];
}

/** Frames `first` to `last`, both included, that share one state. */
export interface FrameRun {
  /** first frame of the run */
  first: number;
  /** last frame of the run, included */
  last: number;
  /** the state they share */
  state: "missing" | "queued" | "done" | "flagged" | "stale" | "locked";
}

/** Opens a conversation. `client` names the panel and its version, `host` the application around it. */
export interface Hello {
  /** oldest protocol version the client speaks */
  protocol_min: number;
  /** newest one, not below `protocol_min` */
  protocol_max: number;
  /** panel or tool and its version */
  client: string;
  /** application around it, and its version */
  host: string;
}

/** Opens a conversation. `client` names the panel and its version, `host` the application around it. */
export interface HelloInput {
  /** oldest protocol version the client speaks */
  protocol_min: number;
  /** newest one, not below `protocol_min` */
  protocol_max: number;
  /** panel or tool and its version */
  client?: string;
  /** application around it, and its version */
  host?: string;
}

/** The job changed state. The facts of the shot are known from `running` on; an error comes with `failed`. */
export interface JobEvent {
  /** the job's id */
  job_id: string;
  /** the event's sequence number within its job, from 1, without gaps */
  seq: number;
  /** which run of the job this belongs to: 0 before the first, one more at each start */
  attempt: number;
  /** the job's state */
  state: "queued" | "running" | "stopping" | "done" | "canceled" | "failed" | "set_aside";
  /** first frame of the range, once known */
  first: number | null;
  /** last frame, included, once known */
  last: number | null;
  /** frame on which phrases are looked for, once known */
  keyframe: number | null;
  /** engine preset */
  engine: string;
  /** the colorspace the plate is read as, once known */
  colorspace: string;
  /** the plate's identity, once known: it differs when a frame of the shot was replaced */
  plate: string;
  /** seconds of this attempt so far */
  elapsed_s: number;
  /** patterns and sidecars written, with `done` */
  outputs: string[];
  /** why, with `failed`, `set_aside`, and a `queued` that repeats an attempt */
  error: Error | null;
  /** what the mattes are made at, once known: below the request's when memory did not suffice */
  quality: string;
  /** who said so: `request`, `file rules`, `metadata` or `file kind` */
  colorspace_from: string;
  /** stops that the models see the plate brighter by */
  exposure: number;
  /** where the tracked shot is kept; empty while, or when, it is not */
  kept: string;
  /** what `{version}` in a path stands for; 0: nothing */
  version: number;
  /** the objects' names, once known */
  names: ObjectName[];
  /** with `done`: the frames most worth a look, worst first */
  worst: WorstFrame[];
}

/** One line of the job list. `frames_done` of `frames_total` are on disk. Times are Unix seconds, UTC. */
export interface JobSummary {
  /** the job's id */
  job_id: string;
  /** the job's state */
  state: string;
  /** the artist's name for the job */
  label: string;
  /** engine preset */
  engine: string;
  /** the request's priority */
  priority: number;
  /** frames whose mattes are on disk */
  frames_done: number;
  /** frames of the range; 0 until the plate has been looked at */
  frames_total: number;
  /** runs so far */
  attempt: number;
  /** the newest event's sequence number */
  seq: number;
  /** when it was accepted, Unix seconds UTC */
  submitted_at: number;
  /** when it reached a final state, Unix seconds UTC; absent until then */
  ended_at: number | null;
  /** code of the error that ended it; empty when none */
  error_code: string;
  /** what happened, for the artist */
  error_message: string;
}

/** Answers `list`. */
export interface Jobs {
  /** newest first */
  jobs: JobSummary[];
}

/** Sizes in bytes and times in seconds that hold for this connection. */
export interface Limits {
  /** most bytes of header and body together */
  message_bytes: number;
  /** most bytes of one binary part */
  preview_bytes: number;
  /** seconds of silence after which a `ping` is due */
  heartbeat_s: number;
  /** seconds of silence after which a peer is given up */
  silence_s: number;
  /** most events replayed to a `watch` before a `snapshot` is sent instead */
  replay_events: number;
}

/** Asks for the newest `limit` jobs, newest first. */
export interface ListJobs {
  /** most jobs to list */
  limit: number;
}

/** Asks for the newest `limit` jobs, newest first. */
export interface ListJobsInput {
  /** most jobs to list */
  limit?: number;
}

/** One shot to matte. At least one phrase, box or keep point is needed. */
export interface MatteRequest {
  /** the plate */
  plate: Plate;
  /** the files wanted */
  out: Deliverable[];
  /** first frame; absent: the plate's own */
  first: number | null;
  /** last frame, included, not before `first`; absent: the plate's own */
  last: number | null;
  /** frame on which phrases are looked for; absent: first marked frame, else `first` */
  keyframe: number | null;
  /** phrases for what to mask, one object or several each */
  prompts: string[];
  /** phrases for what must not be matted; what they match is taken out of the matches */
  exclude: string[];
  /** which of the numbered matches: `best`, `all`, or numbers as in `1,3` */
  pick: string;
  /** boxes drawn */
  boxes: Box[];
  /** points clicked */
  points: Point[];
  /** engine preset, by name */
  engine: string;
  /** overrides the engine's detector; empty: the engine's own */
  detector: string;
  /** overrides the engine's segmenter; empty: the engine's own */
  segmenter: string;
  /** least score of a match; absent: the engine's own */
  box_threshold: number | null;
  /** least score of a word within a phrase; absent: the engine's own */
  text_threshold: number | null;
  /** most objects tracked through the shot */
  max_objects: number;
  /** `draft` is faster and needs less memory */
  quality: "draft" | "final";
  /** true: mattes already there may be replaced */
  overwrite: boolean;
  /** higher runs first */
  priority: number;
  /** path of the studio's OCIO config; empty: the built-in one */
  ocio: string;
  /** the artist's name for the job */
  label: string;
  /** phrases are looked for again every so many frames: finds again what was lost and, with `pick` `all`, adds what appears; 0: never */
  redetect_every: number;
  /** long edge in pixels of the detector's copy of a frame, 128 to 8192; 0: the engine's own */
  detect_long_edge: number;
  /** score under which a frame gets a second, closer look; absent: the engine's own for matches, and no second look at tracked frames */
  refine_below: number | null;
  /** true: the segmenter sees a crop that follows each boxed or found object: for large plates */
  roi: boolean;
  /** names of objects; others are named by their phrase */
  names: ObjectName[];
  /** work on the mattes; one for every object, and one for each that differs */
  clean_up: CleanUp[];
  /** garbage mattes and holdouts */
  shapes: Shape[];
  /** true: a shot that was tracked with the same choices is finished from what is kept of it */
  reuse: boolean;
  /** id of the job whose kept shot is finished again, never tracked anew; empty: none */
  finish_of: string;
  /** how the mattes get edges of plate pixels */
  edges: Edges;
  /** distances from the camera, and what they are for */
  depth: Depth;
}

/** One shot to matte. At least one phrase, box or keep point is needed. */
export interface MatteRequestInput {
  /** the plate */
  plate: PlateInput;
  /** the files wanted */
  out: DeliverableInput[];
  /** first frame; absent: the plate's own */
  first?: number | null;
  /** last frame, included, not before `first`; absent: the plate's own */
  last?: number | null;
  /** frame on which phrases are looked for; absent: first marked frame, else `first` */
  keyframe?: number | null;
  /** phrases for what to mask, one object or several each */
  prompts?: string[];
  /** phrases for what must not be matted; what they match is taken out of the matches */
  exclude?: string[];
  /** which of the numbered matches: `best`, `all`, or numbers as in `1,3` */
  pick?: string;
  /** boxes drawn */
  boxes?: BoxInput[];
  /** points clicked */
  points?: PointInput[];
  /** engine preset, by name */
  engine?: string;
  /** overrides the engine's detector; empty: the engine's own */
  detector?: string;
  /** overrides the engine's segmenter; empty: the engine's own */
  segmenter?: string;
  /** least score of a match; absent: the engine's own */
  box_threshold?: number | null;
  /** least score of a word within a phrase; absent: the engine's own */
  text_threshold?: number | null;
  /** most objects tracked through the shot */
  max_objects?: number;
  /** `draft` is faster and needs less memory */
  quality?: "draft" | "final";
  /** true: mattes already there may be replaced */
  overwrite?: boolean;
  /** higher runs first */
  priority?: number;
  /** path of the studio's OCIO config; empty: the built-in one */
  ocio?: string;
  /** the artist's name for the job */
  label?: string;
  /** phrases are looked for again every so many frames: finds again what was lost and, with `pick` `all`, adds what appears; 0: never */
  redetect_every?: number;
  /** long edge in pixels of the detector's copy of a frame, 128 to 8192; 0: the engine's own */
  detect_long_edge?: number;
  /** score under which a frame gets a second, closer look; absent: the engine's own for matches, and no second look at tracked frames */
  refine_below?: number | null;
  /** true: the segmenter sees a crop that follows each boxed or found object: for large plates */
  roi?: boolean;
  /** names of objects; others are named by their phrase */
  names?: ObjectNameInput[];
  /** work on the mattes; one for every object, and one for each that differs */
  clean_up?: CleanUpInput[];
  /** garbage mattes and holdouts */
  shapes?: ShapeInput[];
  /** true: a shot that was tracked with the same choices is finished from what is kept of it */
  reuse?: boolean;
  /** id of the job whose kept shot is finished again, never tracked anew; empty: none */
  finish_of?: string;
  /** how the mattes get edges of plate pixels */
  edges?: EdgesInput;
  /** distances from the camera, and what they are for */
  depth?: DepthInput;
}

/** The artist's name for an object; files, layers and manifests carry it. */
export interface ObjectName {
  /** the object */
  object: number;
  /** its name, unlike every other object's */
  name: string;
}

/** The artist's name for an object; files, layers and manifests carry it. */
export interface ObjectNameInput {
  /** the object */
  object: number;
  /** its name, unlike every other object's */
  name: string;
}

/** Asks for a `pong`. Either side may send it after `heartbeat_s` of silence. */
export interface Ping {
}

/** Asks for a `pong`. Either side may send it after `heartbeat_s` of silence. */
export interface PingInput {
}

/** The photographed images: a sequence (`shot.####.exr`, `shot.%04d.exr` or any one frame of it) or a movie. */
export interface Plate {
  /** any one frame, a pattern with one counter, or a movie */
  path: string;
  /** the plate's colorspace by name; empty: the daemon decides and says what it chose */
  colorspace: string;
  /** one of several views; empty: the only or first one */
  view: string;
  /** stops that the models see the plate brighter by; absent: 0, but as much as needed for a dark plate */
  exposure: number | null;
}

/** The photographed images: a sequence (`shot.####.exr`, `shot.%04d.exr` or any one frame of it) or a movie. */
export interface PlateInput {
  /** any one frame, a pattern with one counter, or a movie */
  path: string;
  /** the plate's colorspace by name; empty: the daemon decides and says what it chose */
  colorspace?: string;
  /** one of several views; empty: the only or first one */
  view?: string;
  /** stops that the models see the plate brighter by; absent: 0, but as much as needed for a dark plate */
  exposure?: number | null;
}

/** A point clicked on `frame`: `keep` is on the subject, drop is off it. Plate pixels. */
export interface Point {
  /** the keyframe it is clicked on */
  frame: number;
  /** from the left */
  x: number;
  /** from the top */
  y: number;
  /** true: on the subject; false: drop, off it */
  keep: boolean;
  /** the object it belongs to */
  object: number;
}

/** A point clicked on `frame`: `keep` is on the subject, drop is off it. Plate pixels. */
export interface PointInput {
  /** the keyframe it is clicked on */
  frame: number;
  /** from the left */
  x: number;
  /** from the top */
  y: number;
  /** true: on the subject; false: drop, off it */
  keep?: boolean;
  /** the object it belongs to */
  object?: number;
}

/** Answers `ping`. */
export interface Pong {
}

/** Answers `ping`. */
export interface PongInput {
}

/** Unloads idle models, so that the host gets its GPU memory back. */
export interface Release {
}

/** Unloads idle models, so that the host gets its GPU memory back. */
export interface ReleaseInput {
}

/** Answers `release` with the bytes still held. `busy`: a job is using the models; nothing was unloaded. */
export interface Released {
  /** GPU memory still held */
  gpu_bytes: number;
  /** true: a job uses the models; nothing was unloaded */
  busy: boolean;
}

/** Answers `status`. `worker`: `off`, `starting`, `idle` or `busy`. Memory in bytes. */
export interface Report {
  /** daemon and its version */
  server: string;
  /** the daemon's process id */
  pid: number;
  /** seconds since it started */
  uptime_s: number;
  /** `off`, `starting`, `idle` or `busy` */
  worker: string;
  /** the worker's process id; 0 when off */
  worker_pid: number;
  /** id of the job that runs; empty when none */
  running: string;
  /** jobs that wait */
  queued: number;
  /** memory the worker holds */
  memory_bytes: number;
  /** GPU memory the worker holds */
  gpu_bytes: number;
  /** engines whose models are in memory */
  engines_loaded: string[];
  /** sentences for the artist about the daemon itself, as that its job list was damaged */
  notes: string[];
}

/** A look at one frame before tracking: what would these words find there? */
export interface Search {
  /** the plate */
  plate: Plate;
  /** the frame to look at */
  frame: number;
  /** phrases to look for; may be empty when only the preview is wanted */
  prompts: string[];
  /** phrases for what must not be matted; what they match is taken out of the matches */
  exclude: string[];
  /** engine preset, by name */
  engine: string;
  /** overrides the engine's detector; empty: the engine's own */
  detector: string;
  /** least score of a match; absent: the engine's own */
  box_threshold: number | null;
  /** least score of a word within a phrase; absent: the engine's own */
  text_threshold: number | null;
  /** most matches to list */
  max_objects: number;
  /** long edge in pixels of a JPEG of the frame; 0: none */
  preview_edge: number;
  /** path of the studio's OCIO config; empty: the built-in one */
  ocio: string;
  /** long edge in pixels of the detector's copy of a frame, 128 to 8192; 0: the engine's own */
  detect_long_edge: number;
  /** score under which a match gets a second, closer look; absent: the engine's own */
  refine_below: number | null;
}

/** A look at one frame before tracking: what would these words find there? */
export interface SearchInput {
  /** the plate */
  plate: PlateInput;
  /** the frame to look at */
  frame: number;
  /** phrases to look for; may be empty when only the preview is wanted */
  prompts: string[];
  /** phrases for what must not be matted; what they match is taken out of the matches */
  exclude?: string[];
  /** engine preset, by name */
  engine?: string;
  /** overrides the engine's detector; empty: the engine's own */
  detector?: string;
  /** least score of a match; absent: the engine's own */
  box_threshold?: number | null;
  /** least score of a word within a phrase; absent: the engine's own */
  text_threshold?: number | null;
  /** most matches to list */
  max_objects?: number;
  /** long edge in pixels of a JPEG of the frame; 0: none */
  preview_edge?: number;
  /** path of the studio's OCIO config; empty: the built-in one */
  ocio?: string;
  /** long edge in pixels of the detector's copy of a frame, 128 to 8192; 0: the engine's own */
  detect_long_edge?: number;
  /** score under which a match gets a second, closer look; absent: the engine's own */
  refine_below?: number | null;
}

/** A garbage matte (taken away before the clean-up) or a holdout (taken away after it). */
export interface Shape {
  /** `garbage`: taken away before the clean-up; `holdout`: after it */
  use: "garbage" | "holdout";
  /** its corners, at least three; or else `path` */
  polygon: Vertex[];
  /** a matte sequence of the plate's size, or a still; or else `polygon` */
  path: string;
  /** first frame it holds on; absent: from the start */
  first: number | null;
  /** last one, included; absent: to the end */
  last: number | null;
  /** true: what lies outside of it is taken away */
  outside: boolean;
  /** the object it is for; 0: every one */
  object: number;
}

/** A garbage matte (taken away before the clean-up) or a holdout (taken away after it). */
export interface ShapeInput {
  /** `garbage`: taken away before the clean-up; `holdout`: after it */
  use: "garbage" | "holdout";
  /** its corners, at least three; or else `path` */
  polygon?: VertexInput[];
  /** a matte sequence of the plate's size, or a still; or else `polygon` */
  path?: string;
  /** first frame it holds on; absent: from the start */
  first?: number | null;
  /** last one, included; absent: to the end */
  last?: number | null;
  /** true: what lies outside of it is taken away */
  outside?: boolean;
  /** the object it is for; 0: every one */
  object?: number;
}

/** The whole of a job up to `seq` in one message, sent instead of a long replay. */
export interface Snapshot {
  /** the job's id */
  job_id: string;
  /** the newest event it contains */
  seq: number;
  /** the line of the job list */
  summary: JobSummary;
  /** the last `job` event */
  job: JobEvent;
  /** the state of every frame of the range, in runs */
  frames: FrameRun[];
  /** the last `stage` event, if any */
  stage: StageEvent | null;
  /** the last `found` event, if any */
  found: FoundEvent | null;
}

/** What the worker is doing now, and `note`, a sentence for the artist. Later releases may add stages. */
export interface StageEvent {
  /** the job's id */
  job_id: string;
  /** the event's sequence number within its job, from 1, without gaps */
  seq: number;
  /** which run of the job this belongs to: 0 before the first, one more at each start */
  attempt: number;
  /** what the worker does now: `starting`, `reading`, `detecting`, `tracking forward`, `tracking backward`, `finishing` */
  stage: string;
  /** a sentence for the artist */
  note: string;
  /** seconds of this attempt so far */
  elapsed_s: number;
}

/** Asks how the daemon is. */
export interface Status {
}

/** Asks how the daemon is. */
export interface StatusInput {
}

/** Ends the daemon: `now` (the running job goes on at the next start) or `idle` (after the last job). */
export interface Stop {
  /** `now`, or `idle`: after the last job */
  when: "now" | "idle";
}

/** Ends the daemon: `now` (the running job goes on at the next start) or `idle` (after the last job). */
export interface StopInput {
  /** `now`, or `idle`: after the last job */
  when?: "now" | "idle";
}

/** Answers `stop`; also told to watchers when the daemon ends for another reason. */
export interface Stopping {
}

/** Hands in a job under an id the client chose. Sending the same again is harmless. */
export interface Submit {
  /** the job's id, chosen by the client: letters, digits, `-`, `_` */
  job_id: string;
  /** what is asked for */
  request: MatteRequest;
}

/** Hands in a job under an id the client chose. Sending the same again is harmless. */
export interface SubmitInput {
  /** the job's id, chosen by the client: letters, digits, `-`, `_` */
  job_id: string;
  /** what is asked for */
  request: MatteRequestInput;
}

/** Ends a `watch`. */
export interface Unwatch {
  /** the job's id, chosen by the client: letters, digits, `-`, `_` */
  job_id: string;
}

/** Ends a `watch`. */
export interface UnwatchInput {
  /** the job's id, chosen by the client: letters, digits, `-`, `_` */
  job_id: string;
}

/** A corner of a drawn shape, plate pixels. */
export interface Vertex {
  /** from the left */
  x: number;
  /** from the top */
  y: number;
}

/** A corner of a drawn shape, plate pixels. */
export interface VertexInput {
  /** from the left */
  x: number;
  /** from the top */
  y: number;
}

/** Asks for every event of a job after `last_seq` (0: all), then the new ones as they come. */
export interface Watch {
  /** the job's id, chosen by the client: letters, digits, `-`, `_` */
  job_id: string;
  /** the last event seen; 0: none */
  last_seq: number;
}

/** Asks for every event of a job after `last_seq` (0: all), then the new ones as they come. */
export interface WatchInput {
  /** the job's id, chosen by the client: letters, digits, `-`, `_` */
  job_id: string;
  /** the last event seen; 0: none */
  last_seq?: number;
}

/** Answers `watch` (and `unwatch`, with `follows` false). `seq` is the newest event's number. */
export interface Watching {
  /** the job's id */
  job_id: string;
  /** the newest event's sequence number */
  seq: number;
  /** whether events follow */
  follows: boolean;
}

/** Answers `hello`: the protocol version spoken from here on, and what this daemon can do. */
export interface Welcome {
  /** the version spoken from here on */
  protocol: number;
  /** daemon and its version */
  server: string;
  /** the daemon's process id */
  pid: number;
  /** engines on offer */
  engines: EngineInfo[];
  /** file formats on offer */
  formats: string[];
  /** sizes and times of this connection */
  limits: Limits;
  /** names of optional abilities; ones you do not know mean nothing to you */
  capabilities: string[];
}

/** A frame worth a look: `score` in 0..1, how far it can be trusted; `flags` and `why` as in its event. */
export interface WorstFrame {
  /** the frame */
  frame: number;
  /** how far it can be trusted */
  score: number;
  /** why it is worth a look: names of flags */
  flags: string[];
  /** the flags as sentences for the artist */
  why: string[];
}

/** Message type to its body. */
export interface Bodies {
  hello: Hello;
  welcome: Welcome;
  ping: Ping;
  pong: Pong;
  error: Error;
  submit: Submit;
  finish: Finish;
  accepted: Accepted;
  watch: Watch;
  watching: Watching;
  unwatch: Unwatch;
  cancel: Cancel;
  canceling: Canceling;
  list: ListJobs;
  jobs: Jobs;
  job: JobEvent;
  stage: StageEvent;
  found: FoundEvent;
  frame: FrameEvent;
  snapshot: Snapshot;
  detect: Detect;
  detected: Detected;
  status: Status;
  report: Report;
  release: Release;
  released: Released;
  stop: Stop;
  stopping: Stopping;
}

/** Message type to what a client gives for its body. */
export interface BodyInputs {
  hello: HelloInput;
  ping: PingInput;
  pong: PongInput;
  error: ErrorInput;
  submit: SubmitInput;
  finish: FinishInput;
  watch: WatchInput;
  unwatch: UnwatchInput;
  cancel: CancelInput;
  list: ListJobsInput;
  detect: DetectInput;
  status: StatusInput;
  release: ReleaseInput;
  stop: StopInput;
}

/** An event of a job: its body, and in `type` which event it is. */
export type JobEvents =
  | ({ type: "job" } & JobEvent)
  | ({ type: "stage" } & StageEvent)
  | ({ type: "found" } & FoundEvent)
  | ({ type: "frame" } & FrameEvent)
  | ({ type: "snapshot" } & Snapshot)
  ;
