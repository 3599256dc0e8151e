// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PaymentProxy} from "./PaymentProxy.sol";
import {Permit2} from "./Permit2.sol";

/// Settles {exact}: the whole sum that was signed, to the payee that was signed. Anybody may ask for it.
contract ExactProxy is PaymentProxy {
  struct Witness {
    address to;
    uint256 validAfter;
  }

  string public constant WITNESS_TYPE_STRING =
    "Witness witness)TokenPermissions(address token,uint256 amount)Witness(address to,uint256 validAfter)";
  bytes32 public constant WITNESS_TYPEHASH = keccak256("Witness(address to,uint256 validAfter)");

  function settle(
    Permit2.PermitTransferFrom calldata permit, address owner, Witness calldata witness, bytes calldata signature
  ) external once {
    pay(permit, owner, witness, signature);
    emit Settled();
  }

  function settleWithPermit(
    EIP2612Permit calldata permit2612,
    Permit2.PermitTransferFrom calldata permit,
    address owner,
    Witness calldata witness,
    bytes calldata signature
  ) external once {
    approve(permit, owner, permit2612);
    pay(permit, owner, witness, signature);
    emit SettledWithPermit();
  }

  function pay(
    Permit2.PermitTransferFrom calldata permit, address owner, Witness calldata witness, bytes calldata signature
  ) private {
    bytes32 hash = keccak256(abi.encode(WITNESS_TYPEHASH, witness.to, witness.validAfter));
    pay(permit, permit.permitted.amount, owner, witness.to, witness.validAfter, hash, WITNESS_TYPE_STRING, signature);
  }
}
