package waybill.testing;

/** How the answer to a request ended, seen from the server. */
public enum Outcome {
    /** The whole answer was written. */
    ANSWERED,
    /** The script ended the connection early. */
    CUT_BY_SCRIPT,
    /** The client closed the connection before the answer was complete. */
    CLIENT_LEFT,
    /** The server was closed, or told to refuse connections, while the answer was under way. */
    SERVER_CLOSED
}
