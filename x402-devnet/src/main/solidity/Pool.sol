// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

interface Token {
  function transfer(address to, uint256 value) external returns (bool);
  function transferFrom(address from, address to, uint256 value) external returns (bool);
}

/// A market of WETH against USDC that keeps the product of its reserves, less a fee of 0.3 % on what comes in.
/// It has no shares: the devnet gives it its first reserves, and only swaps move them.
contract Pool {
  /// WETH, which the events call token 0.
  address public constant token0 = 0x4200000000000000000000000000000000000006;
  /// USDC, which the events call token 1.
  address public constant token1 = 0x036CbD53842c5426634e7929541eC2318f3dCF7e;
  /// Parts of 1,000 that stay with the pool.
  uint256 public constant FEE_PER_MILLE = 3;

  uint112 private reserve0;
  uint112 private reserve1;
  uint32 private changedAt;

  event Swap(
    address indexed sender, uint256 amount0In, uint256 amount1In, uint256 amount0Out, uint256 amount1Out,
    address indexed to
  );
  event Sync(uint112 reserve0, uint112 reserve1);

  /// Both reserves, and the time of the last swap in seconds.
  function getReserves() external view returns (uint112, uint112, uint32) {
    return (reserve0, reserve1, changedAt);
  }

  /// What a swap of this much would pay out now.
  function quote(address tokenIn, uint256 amountIn) public view returns (uint256 amountOut) {
    require(tokenIn == token0 || tokenIn == token1, "Pool: not a token of this pool");
    require(amountIn > 0 && amountIn <= type(uint112).max, "Pool: amount out of range");
    (uint256 from, uint256 to) = tokenIn == token0 ? (reserve0, reserve1) : (reserve1, reserve0);
    uint256 afterFee = amountIn * (1000 - FEE_PER_MILLE);
    return afterFee * to / (from * 1000 + afterFee);
  }

  /// Takes an approved amount of one token and pays the other to the receiver, or fails below the minimum.
  function swap(address tokenIn, uint256 amountIn, uint256 minimumOut, address to) external returns (uint256 amountOut) {
    amountOut = quote(tokenIn, amountIn);
    require(amountOut >= minimumOut, "Pool: pays less than the minimum");
    bool sellsEther = tokenIn == token0;
    if (sellsEther) {
      reserve0 += uint112(amountIn);
      reserve1 -= uint112(amountOut);
    } else {
      reserve1 += uint112(amountIn);
      reserve0 -= uint112(amountOut);
    }
    changedAt = uint32(block.timestamp);
    require(Token(tokenIn).transferFrom(msg.sender, address(this), amountIn), "Pool: payment failed");
    require(Token(sellsEther ? token1 : token0).transfer(to, amountOut), "Pool: payout failed");
    emit Sync(reserve0, reserve1);
    if (sellsEther) emit Swap(msg.sender, amountIn, 0, 0, amountOut, to);
    else emit Swap(msg.sender, 0, amountIn, amountOut, 0, to);
  }
}
