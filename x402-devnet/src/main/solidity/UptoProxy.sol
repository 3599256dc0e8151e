// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PaymentProxy} from "./PaymentProxy.sol";
import {Permit2} from "./Permit2.sol";

/// Settles {upto}: any part of the sum that was signed, to the payee that was signed, if the facilitator that was signed
/// asks for it.
contract UptoProxy is PaymentProxy {
  struct Witness {
    address to;
    address facilitator;
    uint256 validAfter;
  }

  string public constant WITNESS_TYPE_STRING =
    "Witness witness)TokenPermissions(address token,uint256 amount)Witness(address to,address facilitator,uint256 validAfter)";
  bytes32 public constant WITNESS_TYPEHASH =
    keccak256("Witness(address to,address facilitator,uint256 validAfter)");

  error AmountExceedsPermitted();
  error UnauthorizedFacilitator();

  function settle(
    Permit2.PermitTransferFrom calldata permit,
    uint256 amount,
    address owner,
    Witness calldata witness,
    bytes calldata signature
  ) external once {
    requireAllowed(permit, amount, witness);
    pay(permit, amount, owner, witness, signature);
    emit Settled();
  }

  function settleWithPermit(
    EIP2612Permit calldata permit2612,
    Permit2.PermitTransferFrom calldata permit,
    uint256 amount,
    address owner,
    Witness calldata witness,
    bytes calldata signature
  ) external once {
    requireAllowed(permit, amount, witness);
    approve(permit, owner, permit2612);
    pay(permit, amount, owner, witness, signature);
    emit SettledWithPermit();
  }

  function requireAllowed(Permit2.PermitTransferFrom calldata permit, uint256 amount, Witness calldata witness)
    private
    view
  {
    if (amount > permit.permitted.amount) revert AmountExceedsPermitted();
    if (msg.sender != witness.facilitator) revert UnauthorizedFacilitator();
  }

  function pay(
    Permit2.PermitTransferFrom calldata permit,
    uint256 amount,
    address owner,
    Witness calldata witness,
    bytes calldata signature
  ) private {
    bytes32 hash = keccak256(abi.encode(WITNESS_TYPEHASH, witness.to, witness.facilitator, witness.validAfter));
    pay(permit, amount, owner, witness.to, witness.validAfter, hash, WITNESS_TYPE_STRING, signature);
  }
}
