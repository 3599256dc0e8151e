package waybill.demo;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.web3j.abi.FunctionEncoder;
import org.web3j.abi.FunctionReturnDecoder;
import org.web3j.abi.TypeReference;
import org.web3j.abi.datatypes.Address;
import org.web3j.abi.datatypes.Function;
import org.web3j.abi.datatypes.Type;
import org.web3j.abi.datatypes.generated.Uint112;
import org.web3j.abi.datatypes.generated.Uint256;
import org.web3j.abi.datatypes.generated.Uint32;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.core.DefaultBlockParameter;
import org.web3j.protocol.core.methods.request.Transaction;
import org.web3j.protocol.core.methods.response.EthCall;

/** Reads a pool of wrapped ether and a dollar token through a node, all of one reading at one block. */
final class PoolReader {
    private static final int DOLLAR_DECIMALS = 6;
    private static final int ETHER_DECIMALS = 18;

    private final Web3j chain;
    private final long chainId;
    private final String pool;
    private final String ether;

    /**
     * @param pool its contract's address
     * @param ether the address of wrapped ether, the pool's token 0
     */
    PoolReader(Web3j chain, long chainId, String pool, String ether) {
        this.chain = chain;
        this.chainId = chainId;
        this.pool = pool;
        this.ether = ether;
    }

    /** Reads reserves and fee, and has these sales quoted; each quote must be what Java computes too. */
    PoolFacts read(List<BigDecimal> sizes) {
        try {
            BigInteger block = chain.ethBlockNumber().send().getBlockNumber();
            ConstantProductPool state = state(block);
            List<PoolFacts.Sale> sales = new ArrayList<>();
            for (BigDecimal size : sizes) {
                sales.add(sale(state, size, block));
            }
            return new PoolFacts(pool, chainId, block.longValueExact(), state, sales);
        } catch (IOException e) {
            throw new IllegalStateException("The chain cannot be read: " + e.getMessage(), e);
        }
    }

    /** Has one sale quoted at the latest block. */
    PoolFacts.Sale quote(BigDecimal size) {
        return read(List.of(size)).sales().get(0);
    }

    private ConstantProductPool state(BigInteger block) throws IOException {
        List<Type<?>> reserves = call(
                "getReserves",
                List.of(),
                List.of(
                        new TypeReference<Uint112>() {},
                        new TypeReference<Uint112>() {},
                        new TypeReference<Uint32>() {}),
                block);
        List<Type<?>> fee = call("FEE_PER_MILLE", List.of(), List.of(new TypeReference<Uint256>() {}), block);
        return new ConstantProductPool(
                number(reserves.get(0)),
                number(reserves.get(1)),
                DOLLAR_DECIMALS,
                number(fee.get(0)).intValueExact());
    }

    private PoolFacts.Sale sale(ConstantProductPool state, BigDecimal size, BigInteger block) throws IOException {
        BigInteger wei = size.movePointRight(ETHER_DECIMALS).toBigIntegerExact();
        List<Type<?>> out = call(
                "quote",
                List.of(new Address(ether), new Uint256(wei)),
                List.of(new TypeReference<Uint256>() {}),
                block);
        BigDecimal quoted = new BigDecimal(number(out.get(0)), DOLLAR_DECIMALS);
        BigDecimal computed = state.sellEther(size);
        if (quoted.compareTo(computed) != 0) {
            throw new IllegalStateException("The pool quotes " + quoted.toPlainString() + " for a sale of "
                    + size.toPlainString() + " ether, the formula says " + computed.toPlainString() + ".");
        }
        return new PoolFacts.Sale(size, quoted, state.saleImpact(size));
    }

    private List<Type<?>> call(String name, List<Type<?>> inputs, List<TypeReference<?>> outputs, BigInteger block)
            throws IOException {
        Function function = new Function(name, List.copyOf(inputs), outputs);
        Transaction transaction = Transaction.createEthCallTransaction(null, pool, FunctionEncoder.encode(function));
        EthCall answer =
                chain.ethCall(transaction, DefaultBlockParameter.valueOf(block)).send();
        if (answer.hasError()) {
            throw new IOException(
                    name + " at " + pool + " failed: " + answer.getError().getMessage());
        }
        List<Type<?>> values = new ArrayList<>();
        FunctionReturnDecoder.decode(answer.getValue(), function.getOutputParameters())
                .forEach(values::add);
        if (values.size() != outputs.size()) {
            throw new IOException(pool + " has no " + name + " that answers " + outputs.size() + " values.");
        }
        return values;
    }

    private static BigInteger number(Type<?> value) {
        return (BigInteger) value.getValue();
    }
}
