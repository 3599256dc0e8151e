// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// A contract that signs (ERC-1271): it agrees to whatever the key of its owner signed.
contract SmartWallet {
  address private immutable owner = msg.sender;

  function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
    if (signature.length != 65) return 0xffffffff;
    address found = ecrecover(digest, uint8(signature[64]), bytes32(signature[0:32]), bytes32(signature[32:64]));
    return found == owner ? this.isValidSignature.selector : bytes4(0xffffffff);
  }
}
