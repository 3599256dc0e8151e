package waybill.cli;

/** Exit codes of {@code waybill}, the same for every command. */
final class Exit {

    /** It did what was asked; for {@code pay}: the answer's status is 2xx. */
    static final int OK = 0;

    /** Something that no other code names went wrong. */
    static final int FAILED = 1;

    /** The command line or a configuration file says something that cannot be done. */
    static final int USAGE = 2;

    /** The payment was refused before anything was signed: nothing was spent, nothing is held. */
    static final int REFUSED = 3;

    /** A payment was signed and its outcome is not known: its amount stays held in the ledger. */
    static final int UNKNOWN = 4;

    /** The seller answered, paid or not, with a status that is not 2xx. */
    static final int NOT_SERVED = 5;

    /** Nobody answered, and nothing had been signed. */
    static final int UNREACHABLE = 6;

    /** The wallet cannot be used: no key, wrong passphrase, no node, ledger in use. */
    static final int WALLET = 7;

    /** What the help pages say of the codes, in picocli's {@code code:text} form. */
    static final class Words {
        static final String OK = "0:done";
        static final String PAID = "0:the answer is 2xx, paid for if it had to be";
        static final String FAILED = "1:something unexpected failed (--debug shows where)";
        static final String USAGE = "2:the command line or a configuration file is wrong";
        static final String REFUSED = "3:refused before anything was signed; nothing was spent";
        static final String UNKNOWN = "4:signed, outcome unknown; the amount stays held (see: waybill wallet ledger)";
        static final String NOT_SERVED = "5:the seller's answer is not 2xx";
        static final String UNREACHABLE = "6:nobody answered; nothing was signed";
        static final String WALLET = "7:the wallet cannot be used (key, passphrase, node, ledger)";

        private Words() {}
    }

    private Exit() {}
}
