// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Makes many calls as one. Callers know its interface as Multicall3 and look for it at one address on every chain.
contract Multicall {
  struct Call {
    address target;
    bytes callData;
  }

  struct Call3 {
    address target;
    bool allowFailure;
    bytes callData;
  }

  struct Result {
    bool success;
    bytes returnData;
  }

  function aggregate(Call[] calldata calls)
    external
    payable
    returns (uint256 blockNumber, bytes[] memory returnData)
  {
    blockNumber = block.number;
    returnData = new bytes[](calls.length);
    for (uint256 i = 0; i < calls.length; i++) {
      returnData[i] = make(calls[i].target, calls[i].callData, false).returnData;
    }
  }

  function tryAggregate(bool requireSuccess, Call[] calldata calls)
    external
    payable
    returns (Result[] memory results)
  {
    results = new Result[](calls.length);
    for (uint256 i = 0; i < calls.length; i++) {
      results[i] = make(calls[i].target, calls[i].callData, !requireSuccess);
    }
  }

  function aggregate3(Call3[] calldata calls) external payable returns (Result[] memory results) {
    results = new Result[](calls.length);
    for (uint256 i = 0; i < calls.length; i++) {
      results[i] = make(calls[i].target, calls[i].callData, calls[i].allowFailure);
    }
  }

  function getEthBalance(address owner) external view returns (uint256) {
    return owner.balance;
  }

  function getBlockNumber() external view returns (uint256) {
    return block.number;
  }

  function getCurrentBlockTimestamp() external view returns (uint256) {
    return block.timestamp;
  }

  function make(address target, bytes calldata data, bool mayFail) private returns (Result memory result) {
    (result.success, result.returnData) = target.call(data);
    require(result.success || mayFail, "Multicall3: call failed");
  }
}
