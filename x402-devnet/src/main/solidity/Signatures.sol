// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

interface ContractWallet {
  function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4);
}

/// Decides whether an account agreed to a digest. Keys sign with secp256k1, contracts answer by ERC-1271.
library Signatures {
  // Half of the curve's order: of the two values of s that satisfy a signature, only the lower counts.
  uint256 private constant HIGHEST_S = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;

  /// True when the account holds no code and its key signed, or holds code and the code says yes.
  function agrees(address account, bytes32 digest, bytes memory signature) internal view returns (bool) {
    if (account.code.length > 0) return contractAgrees(account, digest, signature);
    if (signature.length != 65) revert("ECRecover: invalid signature length");
    (bytes32 r, bytes32 s) = abi.decode(signature, (bytes32, bytes32));
    return signer(digest, uint8(signature[64]), r, s) == account;
  }

  /// The address whose key signed, never zero.
  function signer(bytes32 digest, uint8 v, bytes32 r, bytes32 s) internal pure returns (address found) {
    require(uint256(s) <= HIGHEST_S, "ECRecover: invalid signature 's' value");
    require(v == 27 || v == 28, "ECRecover: invalid signature 'v' value");
    found = ecrecover(digest, v, r, s);
    require(found != address(0), "ECRecover: invalid signature");
  }

  function contractAgrees(address account, bytes32 digest, bytes memory signature) private view returns (bool) {
    (bool answered, bytes memory answer) =
      account.staticcall(abi.encodeCall(ContractWallet.isValidSignature, (digest, signature)));
    return answered && answer.length >= 32
      && abi.decode(answer, (bytes32)) == bytes32(ContractWallet.isValidSignature.selector);
  }
}
