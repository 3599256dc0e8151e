package waybill.routing.learned;

/** Small word lists, looked up by hash so that reading a text allocates nothing. */
final class Words {

    static final int MATH = 1;
    static final int REASON = 1 << 1;
    static final int CODE = 1 << 2;
    static final int QUANTITY = 1 << 3;
    static final int WRITING = 1 << 4;
    static final int NEGATION = 1 << 5;
    static final int JOINING = 1 << 6;
    static final int SEQUENCE = 1 << 7;
    static final int COURTESY = 1 << 8;
    static final int COMMON = 1 << 9;
    static final int HEADING = 1 << 10;

    static final int SEED = 0x811c9dc5;

    private static final int BITS = 11;
    private static final int[] HASHES = new int[1 << BITS];
    private static final int[] GROUPS = new int[1 << BITS];

    static {
        add(
                MATH,
                "integral derivative probability theorem equation matrix polynomial calculate compute solve variance");
        add(MATH, "modulo geometry algebra prime limit sum product triangle integer integers sequence vector maximum");
        add(MATH, "minimum square circle radius perimeter remainder divisible function graph root roots");
        add(REASON, "prove proof derive why explain compare analyze analyse evaluate determine conclude reason infer");
        add(REASON, "hypothesis implies therefore contrast justify optimal best most likely step");
        add(
                CODE,
                "function class import return def const public void async exception compile sql python java javascript");
        add(CODE, "rust code program algorithm string array list assert print int html css query regex api");
        add(
                QUANTITY,
                "each per every half twice times percent more less than total many much left remaining cost costs");
        add(QUANTITY, "dollars hours minutes days weeks third quarter double triple average");
        add(
                WRITING,
                "write compose essay story poem letter email blog article describe summarize summarise rewrite draft");
        add(WRITING, "imagine pretend roleplay act persuasive engaging travel post");
        add(NEGATION, "not except never least false incorrect cannot no neither nor none");
        add(JOINING, "and also then plus");
        add(SEQUENCE, "both finally another second each respectively same two three first next third four");
        add(
                COURTESY,
                "hello hi hey dear good morning afternoon evening day greetings please kindly could can would will");
        add(
                COURTESY,
                "may might you your yours help helping assist assistance me my us we our i am im need want like be");
        add(
                COURTESY,
                "glad if happy grateful appreciate appreciated to with this that these the a an following answer");
        add(
                COURTESY,
                "question questions carefully correctly accurately solve task problem problems below thank thanks");
        add(COURTESY, "so much very in advance for sir madam assistant friend there hope doing well are having great");
        add(
                COURTESY,
                "kind really it some time take consider provide give response reply request here is was wondering");
        add(
                COURTESY,
                "could've d ll m re just quick little bit something about and of look at have one should ask asking");
        add(COURTESY, "as highly capable expert knowledgeable ai sure sincerely nice meet wonderful lovely today");
        add(
                COURTESY,
                "lot lots sorry bother trouble disturb moment minute possible wanted hoping truly deeply greatly");
        add(
                COURTESY,
                "excuse pardon regards respectfully gladly beforehand support guidance expertise insight insights");
        add(
                COURTESY,
                "always trying understand figure out mind wonder useful helpful valuable much appreciation gratitude");
        add(
                COURTESY,
                "more let know think best ability convenience effort wise skilled brilliant mentor tutor teacher");
        add(COMMON, "the and for with from that this what how are can you into find get calculate please will would");
        add(
                COMMON,
                "could has have was were its his her their our your which when where who not but all any use using");
        add(HEADING, "options option choices choice");
    }

    private Words() {}

    static int mix(int hash, int c) {
        return (hash ^ c) * 0x01000193;
    }

    /** Spreads a hash, so that its high bits can be used. */
    static int spread(int hash) {
        int h = hash;
        h ^= h >>> 16;
        h *= 0x7feb352d;
        h ^= h >>> 15;
        h *= 0x846ca68b;
        return h ^ (h >>> 16);
    }

    /** The groups that the word with this hash belongs to, as bits; 0 for none. */
    static int groups(int hash) {
        int at = spread(hash) >>> (32 - BITS);
        while (GROUPS[at] != 0) {
            if (HASHES[at] == hash) {
                return GROUPS[at];
            }
            at = (at + 1) & (HASHES.length - 1);
        }
        return 0;
    }

    private static void add(int group, String words) {
        int hash = SEED;
        for (int i = 0; i <= words.length(); i++) {
            if (i < words.length() && words.charAt(i) != ' ') {
                hash = mix(hash, words.charAt(i));
                continue;
            }
            put(hash, group);
            hash = SEED;
        }
    }

    private static void put(int hash, int group) {
        int at = spread(hash) >>> (32 - BITS);
        while (GROUPS[at] != 0 && HASHES[at] != hash) {
            at = (at + 1) & (HASHES.length - 1);
        }
        HASHES[at] = hash;
        GROUPS[at] |= group;
    }
}
