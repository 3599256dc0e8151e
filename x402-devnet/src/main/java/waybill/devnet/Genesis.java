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
    static final BigInteger ETHER = BigInteger.TEN.pow(18);
    static final BigInteger ACCOUNT_WEI = ETHER.multiply(BigInteger.valueOf(10_000));
    static final BigInteger ACCOUNT_USDC = BigInteger.valueOf(1_000_000_000);

    // Places of the contracts' state variables, in the order of their declaration.
    private static final BigInteger USDC_SUPPLY_SLOT = BigInteger.ZERO;
    private static final int USDC_BALANCES_SLOT = 1;
    private static final int WETH_BALANCES_SLOT = 0;
    private static final BigInteger POOL_RESERVES_SLOT = BigInteger.ZERO;

    private Genesis() {}

    static void write(WorldState state, BigInteger poolWei, BigInteger poolUsdc) {
        state.setCode(Words.number(USDC), code("DollarToken"));
        state.setCode(Words.number(WETH), code("WrappedEther"));
        state.setCode(Words.number(POOL), code("Pool"));
        state.setCode(Words.number(MULTICALL), code("Multicall"));
        BigInteger supply = poolUsdc;
        for (DevAccount account : DevAccount.ALL) {
            BigInteger address = Words.number(account.address());
            state.setBalance(address, ACCOUNT_WEI);
            giveUsdc(state, address, ACCOUNT_USDC);
            supply = supply.add(ACCOUNT_USDC);
        }
        BigInteger pool = Words.number(POOL);
        giveUsdc(state, pool, poolUsdc);
        state.store(new Slot(Words.number(USDC), USDC_SUPPLY_SLOT), supply);
        state.setBalance(Words.number(WETH), poolWei);
        state.store(new Slot(Words.number(WETH), Words.mappingSlot(pool, WETH_BALANCES_SLOT)), poolWei);
        state.store(new Slot(pool, POOL_RESERVES_SLOT), poolUsdc.shiftLeft(112).or(poolWei));
    }

    private static void giveUsdc(WorldState state, BigInteger owner, BigInteger atomic) {
        state.store(new Slot(Words.number(USDC), Words.mappingSlot(owner, USDC_BALANCES_SLOT)), atomic);
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
