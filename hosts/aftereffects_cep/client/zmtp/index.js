export { Dealer, parseAddress } from "./dealer.js";
export { ZmtpFault } from "./faults.js";
export { decodeZ85, encodeZ85 } from "./z85.js";
