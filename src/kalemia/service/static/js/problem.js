/** What goes wrong, in plain words with what to do. */

const WORDS = {
  0: ["The server could not be reached", ["Look whether the network is there, and try again."]],
  401: ["This server asks for an access token", []],
  413: ["The file is too large", ["Send a smaller picture: 2000 px along the page are enough.", "Or send the one page of the PDF that has the ECG."]],
  415: ["The file could not be sent like this", ["Choose the file again."]],
  429: ["Too much to do at the moment", ["Wait a minute, and try again."]],
  503: ["The server could not finish this", ["Try again in a moment.", "If it happens again with this file, send a smaller one."]],
  504: ["This took too long", ["Send a smaller picture, or only the part of the recording that matters."]],
};
const PAGE_ERRORS = new Set(["NoGrid", "NoTrace", "NoSuchStrip", "ScalesDisagree", "PageRefused"]);
const UNKNOWN = ["Something went wrong on the server", ["Try again. If it stays like this, tell who runs this server."]];

/** A request that gave no answer. */
export class Problem extends Error {
  /**
   * @param {number} status 0 where there was no response
   * @param {any} [body] as RFC 9457 has it
   * @param {number|null} [retryAfterS]
   */
  constructor(status, body = {}, retryAfterS = null) {
    const [title, advice] = WORDS[status] ?? UNKNOWN;
    super(body.detail ?? "");
    this.status = status;
    this.title = status === 422 && body.title ? body.title : title;
    /** @type {string[]} */
    this.advice = body.advice ?? advice;
    this.page = body.page ?? null;
    this.isOfPage = PAGE_ERRORS.has(body.error);
    this.retryAfterS = retryAfterS;
  }
}
