package waybill.testing;

/**
 * What a scripted model answers to a request. An {@link Answer} is a script that always answers itself. Called on the
 * server's connection threads, several at once when requests are concurrent.
 */
@FunctionalInterface
public interface Script {

    /** The answer to this request; an exception becomes a 500 that carries its message. */
    Answer answer(ModelRequest request);
}
