package waybill.cli;

import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import waybill.wallet.KeystoreSigner;
import waybill.wallet.Seal;
import waybill.wallet.SigningException;

/**
 * The passphrase, asked for where a command loosens what the wallet may do. It is typed at a terminal: an agent that runs
 * commands can set a variable or write to a pipe, but does not know it. Only settings that a person has sealed with
 * {@code passphrase-file-commands: true} let a passphrase file stand in.
 */
final class PersonsWord {

    private PersonsWord() {}

    /**
     * The seal of the person's keystore, once they have shown that they know the passphrase.
     *
     * @param command what is asked for, for the prompt
     */
    static Seal given(WalletOptions wallets, Terminal terminal, String command) {
        return keystore(wallets, terminal, command).seal();
    }

    /** The person's keystore itself, on the same terms, for a command that signs. */
    static KeystoreSigner keystore(WalletOptions wallets, Terminal terminal, String command) {
        WalletHome home = wallets.home(terminal);
        home.requireKeystore();
        char[] typed = terminal.secret().apply("Passphrase, to %s: ".formatted(command));
        if (typed != null) return open(home, typed);
        Path file = wallets.passphraseFile(terminal);
        if (file == null) throw needed(command);
        KeystoreSigner opened = open(home, Passphrase.existing(terminal, file));
        byte[] text = SealedSettings.text(home);
        boolean chosen = WalletSettings.parse(home.settings(), text).passphraseFileCommands();
        if (chosen && SealedSettings.sealed(home, text, opened.seal())) return opened;
        throw needed(command);
    }

    /** The same where only somebody at a terminal will do, whatever the settings say. */
    static Seal typed(WalletOptions wallets, Terminal terminal, String command) {
        WalletHome home = wallets.home(terminal);
        home.requireKeystore();
        char[] typed = terminal.secret().apply("Passphrase, to %s: ".formatted(command));
        if (typed == null) throw needed(command);
        return open(home, typed).seal();
    }

    private static KeystoreSigner open(WalletHome home, char[] passphrase) {
        try {
            return KeystoreSigner.open(home.keystore(), passphrase);
        } catch (SigningException e) {
            throw new Failure(Exit.WALLET, String.valueOf(e.getMessage()), e);
        } finally {
            Arrays.fill(passphrase, '\0');
        }
    }

    private static Failure needed(@Nullable String command) {
        return new Failure(
                Exit.WALLET,
                "to %s, a person types the passphrase at a terminal; a file, a variable or a pipe is not taken (unless the sealed wallet.yaml says passphrase-file-commands: true)."
                        .formatted(command));
    }
}
