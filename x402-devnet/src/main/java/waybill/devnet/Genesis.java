package waybill.devnet;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import waybill.devnet.WorldState.Slot;

/** The world before the first block: the contracts at their addresses, and who owns what. */
final class Genesis {
    static final String USDC = "0x036CbD53842c5426634e7929541eC2318f3dCF7e";
    static final String WETH = "0x4200000000000000000000000000000000000006";
    static final String POOL = "0x4200000000000000000000000000000000001402";
    static final String MULTICALL = "0xcA11bde05977b3631167028862bE2a173976CA11";
    static final String USDT = "0x4200000000000000000000000000000000001403";
    static final String PERMIT2 = "0x000000000022D473030F116dDEE9F6B43aC78BA3";
    static final String EXACT_PROXY = "0x402085c248EeA27D92E8b30b2C58ed07f9E20001";
    static final String UPTO_PROXY = "0x4020A4f3b7b90ccA423B9fabCc0CE57C6C240002";
    static final String WALLET_FACTORY = "0x4200000000000000000000000000000000001404";
    static final String SELF_SIGNER = "0x4200000000000000000000000000000000001405";
    static final BigInteger ETHER = BigInteger.TEN.pow(18);
    static final BigInteger ACCOUNT_WEI = ETHER.multiply(BigInteger.valueOf(10_000));
    static final BigInteger ACCOUNT_DOLLARS = BigInteger.valueOf(1_000_000_000);

    // Places of the contracts' state variables, in the order of their declaration.
    private static final BigInteger DOLLAR_SUPPLY_SLOT = BigInteger.ZERO;
    private static final int DOLLAR_BALANCES_SLOT = 1;
    private static final int WETH_BALANCES_SLOT = 0;
    private static final BigInteger POOL_RESERVES_SLOT = BigInteger.ZERO;

    private Genesis() {}

    static void write(WorldState state, BigInteger poolWei, BigInteger poolUsdc) {
        state.setCode(Words.number(USDC), code("DollarToken"));
        state.setCode(Words.number(WETH), code("WrappedEther"));
        state.setCode(Words.number(POOL), code("Pool"));
        state.setCode(Words.number(MULTICALL), code("Multicall"));
        state.setCode(Words.number(USDT), code("OldDollarToken"));
        state.setCode(Words.number(PERMIT2), code("Permit2"));
        state.setCode(Words.number(EXACT_PROXY), code("ExactProxy"));
        state.setCode(Words.number(UPTO_PROXY), code("UptoProxy"));
        state.setCode(Words.number(WALLET_FACTORY), code("WalletFactory"));
        state.setCode(Words.number(SELF_SIGNER), code("SelfSigner"));
        BigInteger supply = BigInteger.ZERO;
        for (DevAccount account : DevAccount.ALL) {
            BigInteger address = Words.number(account.address());
            state.setBalance(address, ACCOUNT_WEI);
            give(state, USDC, address, ACCOUNT_DOLLARS);
            give(state, USDT, address, ACCOUNT_DOLLARS);
            supply = supply.add(ACCOUNT_DOLLARS);
        }
        BigInteger pool = Words.number(POOL);
        give(state, USDC, pool, poolUsdc);
        state.store(new Slot(Words.number(USDC), DOLLAR_SUPPLY_SLOT), supply.add(poolUsdc));
        state.store(new Slot(Words.number(USDT), DOLLAR_SUPPLY_SLOT), supply);
        state.setBalance(Words.number(WETH), poolWei);
        state.store(new Slot(Words.number(WETH), Words.mappingSlot(pool, WETH_BALANCES_SLOT)), poolWei);
        state.store(new Slot(pool, POOL_RESERVES_SLOT), poolUsdc.shiftLeft(112).or(poolWei));
    }

    private static void give(WorldState state, String token, BigInteger owner, BigInteger atomic) {
        state.store(new Slot(Words.number(token), Words.mappingSlot(owner, DOLLAR_BALANCES_SLOT)), atomic);
    }

    private static byte[] code(String contract) {
        try (InputStream hex = Genesis.class.getResourceAsStream(contract + ".hex")) {
            if (hex == null)
                throw new IllegalStateException("The compiled " + contract + ".hex is not on the class path.");
            return Words.bytes("0x" + new String(hex.readAllBytes(), StandardCharsets.US_ASCII).strip());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
