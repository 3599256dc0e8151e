package waybill.testing.contract;

/** Who is left when the first candidate fails. */
public enum Company {
    /** A second candidate, which is well. */
    ANOTHER,
    /** Nobody. */
    NOBODY
}
