package waybill.devnet;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.InstantSource;
import java.util.List;
import java.util.regex.Pattern;
import org.web3j.protocol.Service;
import org.web3j.protocol.Web3jService;

/**
 * A chain inside the JVM for tests and the demo. It answers JSON-RPC on a loopback port and as a web3j service without a
 * socket; it mines one block per transaction, at once; and it starts with ten funded accounts, a USDC-like token at the
 * address of Base Sepolia's USDC, wrapped ether, a pool of the two, and Multicall3's interface. It is a fixture: right
 * for the contracts it carries, refusing aloud what it does not know, and keeping every block in memory. Thread-safe.
 */
public final class Devnet implements AutoCloseable {
    /** Base Sepolia's chain id, so that asset tables made for it hold unchanged. */
    public static final long CHAIN_ID = 84532;

    private static final Pattern ADDRESS = Pattern.compile("0x[0-9a-fA-F]{40}");

    /** The selector of balanceOf(address). */
    private static final byte[] BALANCE_OF = {0x70, (byte) 0xa0, (byte) 0x82, 0x31};

    private final Chain chain;
    private final JsonRpc rpc;
    private final RpcServer server;

    private Devnet(Builder builder) {
        chain = new Chain(CHAIN_ID, builder.clock, state -> Genesis.write(state, builder.poolWei, builder.poolUsdc));
        rpc = new JsonRpc(
                chain, DevAccount.ALL.stream().map(DevAccount::address).toList());
        try {
            server = new RpcServer(rpc, builder.port);
        } catch (IOException taken) {
            throw new UncheckedIOException(
                    "The devnet cannot listen on 127.0.0.1:" + builder.port
                            + ". Choose another port, or 0 for a free one.",
                    taken);
        }
    }

    /** Starts a devnet with the defaults of {@link #builder()}. */
    public static Devnet start() {
        return builder().start();
    }

    /** Starts a devnet on this loopback port; 0 takes a free one. */
    public static Devnet start(int port) {
        return builder().port(port).start();
    }

    /** Options: a free port, the system clock, and a pool of 1,000 WETH against 1,600,000 USDC. */
    public static Builder builder() {
        return new Builder();
    }

    /** Where JSON-RPC is answered by POST, on the loopback address. */
    public URI rpcUrl() {
        return server.uri();
    }

    /** A web3j service that asks this chain directly, without a socket. Closing it does not close the devnet. */
    public Web3jService web3jService() {
        return new InProcessService(rpc);
    }

    /** The ten funded accounts, each with 10,000 ETH, 1,000 USDC and 1,000 USDT at the start. */
    public List<DevAccount> accounts() {
        return DevAccount.ALL;
    }

    /** The address of the USDC-like token: 6 decimals, EIP-3009, EIP-2612, domain name "USDC", version "2". */
    public String usdc() {
        return Genesis.USDC;
    }

    /** The address of the USDT-like token: 6 decimals, no return values, allowances set to 0 first, no signatures. */
    public String usdt() {
        return Genesis.USDT;
    }

    /**
     * The address of a contract that deploys wallets which sign by ERC-1271: {@code deploy(address owner, bytes32 salt)}, at
     * the address that {@code walletOf} says before.
     */
    public String walletFactory() {
        return Genesis.WALLET_FACTORY;
    }

    /** The address of code for accounts to delegate to (EIP-7702), which signs by ERC-1271 with the account's own key. */
    public String selfSigner() {
        return Genesis.SELF_SIGNER;
    }

    /** The address of the contract with Permit2's interface, the same as on every chain. */
    public String permit2() {
        return Genesis.PERMIT2;
    }

    /** The address of the contract that settles the scheme {@code exact} through Permit2. */
    public String exactProxy() {
        return Genesis.EXACT_PROXY;
    }

    /** The address of the contract that settles the scheme {@code upto} through Permit2. */
    public String uptoProxy() {
        return Genesis.UPTO_PROXY;
    }

    /** The address of wrapped ether. */
    public String weth() {
        return Genesis.WETH;
    }

    /** The address of the constant-product pool, whose token 0 is WETH and token 1 is USDC. */
    public String pool() {
        return Genesis.POOL;
    }

    /** The address of the contract with Multicall3's interface. */
    public String multicall() {
        return Genesis.MULTICALL;
    }

    /** What an address owns of a token of this chain, in the token's smallest unit; both addresses as hex with 0x. */
    public BigInteger balanceOf(String token, String owner) {
        byte[] data = new byte[36];
        System.arraycopy(BALANCE_OF, 0, data, 0, 4);
        System.arraycopy(Words.bytes32(address(owner)), 0, data, 4, 32);
        Chain.Call call = new Chain.Call(
                BigInteger.ZERO, address(token), BigInteger.ZERO, data, Chain.BLOCK_GAS_LIMIT, BigInteger.ZERO);
        Evm.Outcome outcome = chain.call(call, chain.latest().number());
        if (!outcome.succeeded() || outcome.output().length != 32) {
            throw new IllegalArgumentException("There is no token at " + token + " on the devnet.");
        }
        return Words.word(outcome.output());
    }

    private static BigInteger address(String hex) {
        if (!ADDRESS.matcher(hex).matches()) {
            throw new IllegalArgumentException("An address is 0x and 40 hex digits, not " + hex + ".");
        }
        return Words.number(hex);
    }

    /** Stops listening and lets the chain go. */
    @Override
    public void close() {
        server.close();
    }

    /** The options of a devnet. */
    public static final class Builder {
        private int port;
        private InstantSource clock = Clock.systemUTC();
        private BigInteger poolWei = Genesis.ETHER.multiply(BigInteger.valueOf(1_000));
        private BigInteger poolUsdc = BigInteger.valueOf(1_600_000_000_000L);

        private Builder() {}

        /** The loopback port; 0 takes a free one. */
        public Builder port(int port) {
            this.port = port;
            return this;
        }

        /** Where block times come from. Time on the chain does not go back when this does. */
        public Builder clock(InstantSource clock) {
            this.clock = clock;
            return this;
        }

        /** The pool's first reserves, in wei and in millionths of a USDC; each positive and below 2^112. */
        public Builder pool(BigInteger wei, BigInteger usdcAtomic) {
            this.poolWei = reserve(wei);
            this.poolUsdc = reserve(usdcAtomic);
            return this;
        }

        /** Starts the chain and its server. */
        public Devnet start() {
            return new Devnet(this);
        }

        private static BigInteger reserve(BigInteger amount) {
            if (amount.signum() <= 0 || amount.bitLength() > 112) {
                throw new IllegalArgumentException("A reserve is positive and below 2^112, not " + amount + ".");
            }
            return amount;
        }
    }

    private static final class InProcessService extends Service {
        private final JsonRpc rpc;

        InProcessService(JsonRpc rpc) {
            super(false);
            this.rpc = rpc;
        }

        @Override
        protected InputStream performIO(String request) {
            return new ByteArrayInputStream(rpc.answer(request).getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public void close() {
            // The chain lives as long as the devnet.
        }
    }
}
