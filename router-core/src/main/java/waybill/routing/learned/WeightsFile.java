package waybill.routing.learned;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** The file that weights are shipped in; the one place of the router that reads anything, and only its own resource. */
public final class WeightsFile {

    /** Most bytes that the shipped file may have. */
    public static final int MAX_BYTES = 2_000_000;

    private static final int MAGIC = 0x57624d32;

    private WeightsFile() {}

    /** Writes the file format, big-endian. */
    public static void write(Weights weights, OutputStream to) throws IOException {
        Weights.Parts p = weights.parts();
        DataOutputStream out = new DataOutputStream(to);
        out.writeInt(MAGIC);
        out.writeByte(p.bits);
        writeStrings(out, p.domains);
        writeStrings(out, p.kinds);
        writeInts(out, p.kindDomain);
        out.writeInt(p.kindRank);
        writeInts(out, p.demandDomain);
        writeInts(out, p.lengthDomain);
        for (float[] floats : p.floats()) {
            writeFloats(out, floats);
        }
        out.writeFloat(p.difficultySlope);
        out.write(p.idf);
        out.write(p.gramWeights);
        out.writeInt(p.models.size());
        for (Map.Entry<String, Ability> model : p.models.entrySet()) {
            Ability a = model.getValue();
            out.writeUTF(model.getKey());
            writeFloats(out, a.good);
            writeFloats(out, a.loadings);
            writeFloats(out, a.length);
            writeFloats(out, a.lengthLoadings);
            out.writeDouble(a.overall());
            out.writeDouble(a.inputPrice);
            out.writeDouble(a.outputPrice);
            for (boolean seen : a.observed) {
                out.writeBoolean(seen);
            }
        }
        out.flush();
    }

    /** The SHA-256 of the file that these weights make, in hex. */
    public static String sha256(Weights weights) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            try (DigestOutputStream out = new DigestOutputStream(OutputStream.nullOutputStream(), digest);
                    BufferedOutputStream buffered = new BufferedOutputStream(out)) {
                write(weights, buffered);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException | NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256, and nothing was written anywhere", e);
        }
    }

    /** Reads the file format. */
    public static Weights read(InputStream from) throws IOException {
        DataInputStream in = new DataInputStream(from);
        if (in.readInt() != MAGIC) {
            throw new IOException("not a file of routing weights, or of another version");
        }
        Weights.Parts p = new Weights.Parts();
        p.bits = in.readByte();
        p.domains = readStrings(in);
        p.kinds = readStrings(in);
        p.kindDomain = readInts(in);
        p.kindRank = in.readInt();
        p.demandDomain = readInts(in);
        p.lengthDomain = readInts(in);
        List<float[]> floats = new ArrayList<>();
        for (int i = 0; i < Weights.Parts.FLOATS; i++) {
            floats.add(readFloats(in));
        }
        p.floats(floats);
        p.difficultySlope = in.readFloat();
        int columns = p.kindRank + p.demandDomain.length + p.lengthDomain.length + 2;
        p.idf = in.readNBytes(1 << p.bits);
        p.gramWeights = in.readNBytes((1 << p.bits) * columns);
        int models = in.readInt();
        for (int i = 0; i < models; i++) {
            String name = in.readUTF();
            float[] good = readFloats(in);
            float[] loadings = readFloats(in);
            float[] length = readFloats(in);
            float[] lengthLoadings = readFloats(in);
            double overall = in.readDouble();
            double inputPrice = in.readDouble();
            double outputPrice = in.readDouble();
            boolean[] observed = new boolean[p.domains.size()];
            for (int d = 0; d < observed.length; d++) {
                observed[d] = in.readBoolean();
            }
            p.models.put(
                    name,
                    new Ability(good, loadings, length, lengthLoadings, overall, observed, inputPrice, outputPrice));
        }
        return new Weights(p);
    }

    /** Loaded once, when first asked for. */
    static final class Shipped {
        static final Weights WEIGHTS = load();

        private static Weights load() {
            try (InputStream in = WeightsFile.class.getResourceAsStream("routing.weights")) {
                if (in == null) {
                    throw new IllegalStateException("the resource routing.weights is missing from the router's jar");
                }
                return read(new BufferedInputStream(in, 1 << 16));
            } catch (IOException e) {
                throw new UncheckedIOException("the resource routing.weights cannot be read", e);
            }
        }
    }

    private static void writeStrings(DataOutputStream out, List<String> strings) throws IOException {
        out.writeInt(strings.size());
        for (String string : strings) {
            out.writeUTF(string);
        }
    }

    private static List<String> readStrings(DataInputStream in) throws IOException {
        String[] strings = new String[bounded(in.readInt())];
        for (int i = 0; i < strings.length; i++) {
            strings[i] = in.readUTF();
        }
        return List.of(strings);
    }

    private static void writeInts(DataOutputStream out, int[] ints) throws IOException {
        out.writeInt(ints.length);
        for (int i : ints) {
            out.writeInt(i);
        }
    }

    private static int[] readInts(DataInputStream in) throws IOException {
        int[] ints = new int[bounded(in.readInt())];
        for (int i = 0; i < ints.length; i++) {
            ints[i] = in.readInt();
        }
        return ints;
    }

    private static void writeFloats(DataOutputStream out, float[] floats) throws IOException {
        out.writeInt(floats.length);
        for (float f : floats) {
            out.writeFloat(f);
        }
    }

    private static float[] readFloats(DataInputStream in) throws IOException {
        float[] floats = new float[bounded(in.readInt())];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = in.readFloat();
        }
        return floats;
    }

    private static int bounded(int length) throws IOException {
        if (length < 0 || length > 1 << 20) {
            throw new IOException("a part of " + length + " numbers is not part of routing weights");
        }
        return length;
    }
}
