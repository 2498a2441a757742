/** What Adobe's type files leave out. JSON is not here on purpose: ExtendScript has none, host/json.jsx reads and writes it. */

/** Adobe's type files have these as undocumented; the guide documents them (ImportOptions, "found via research"). */
interface ImportOptions {
  rangeStart: number
  rangeEnd: number
}

/** Adobe's type files use this one utility type of the standard library, which the engine's declarations do without. */
type Extract<T, U> = T extends U ? T : never
