package waybill.routing;

/**
 * Asks a candidate and judges its answer. Called once for each prompt of a calibration, on the caller's thread; it costs
 * what the candidate charges.
 *
 * @param <M> the host's model type
 */
@FunctionalInterface
public interface Scorer<M> {

    /**
     * How good the answer to this prompt was, from 0 to 1.
     *
     * @throws Exception when nobody answered; the prompt then counts for nothing
     */
    double score(Candidate<M> candidate, String prompt) throws Exception;
}
