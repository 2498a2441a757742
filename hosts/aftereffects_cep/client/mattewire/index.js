/** The Mattewire client in JavaScript: what a panel imports. */

export { Client } from "./client.js";
export { checked, newId } from "./codec.js";
export { connectionPath, dataFolder, readConnection } from "./connection.js";
export { MattewireError } from "./errors.js";
export { JobView } from "./jobview.js";
export { startDaemon } from "./launch.js";
export { ERRORS, EVENTS, FINAL_STATES, PROTOCOL } from "./tables.js";

/** @typedef {import("./client.js").ClientOptions} ClientOptions */
/** @typedef {import("./client.js").OnEvent} OnEvent */
/** @typedef {import("./connection.js").Connection} Connection */
/** @typedef {import("./conversation.js").LineState} LineState */
