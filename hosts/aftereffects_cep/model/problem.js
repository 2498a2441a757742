// Whatever was thrown, as data with words for the artist.

/**
 * @param {any} problem an error of the client, a fault of the host, or anything else
 * @returns {import("./words.js").Problem & {render?: boolean, keep?: "" | "masks" | "effects"}}
 */
export function asProblem(problem) {
  if (problem && typeof problem.code === "string" && typeof problem.message === "string") return problem;
  const words = problem instanceof Error ? `${problem.name}: ${problem.message}` : String(problem);
  return {
    code: "internal_error",
    message: words,
    field: "",
    advice: "Send these words with your question.",
    retryable: false,
  };
}
