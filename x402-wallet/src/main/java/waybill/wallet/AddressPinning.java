package waybill.wallet;

/**
 * An HTTP client that connects only to addresses that it has checked: between the check and the connection no name is
 * resolved again. With such a delegate {@link PayingHttpClient} takes a policy of open hosts.
 */
public interface AddressPinning {
    /** Whether it checks as {@code policy} wants it. */
    boolean pins(Policy policy);
}
