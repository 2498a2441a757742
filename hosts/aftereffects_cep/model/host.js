// What the panel needs of the application around it. In After Effects cep/host.js is this; the model knows no other way.

/**
 * @typedef {import("../host/contract.js").Commands} Commands
 * @typedef {{[Name in keyof Commands]: Parameters<Commands[Name]>[0]}} Questions
 * @typedef {{[Name in keyof Commands]: ReturnType<Commands[Name]>}} Values
 */

/**
 * @typedef {object} Host
 * @property {<Name extends keyof Commands>(name: Name, question: Questions[Name]) => Promise<Values[Name]>} call
 *   rejects with a `Fault` of the contract
 * @property {boolean} active whether a call is under way
 */

export {};
