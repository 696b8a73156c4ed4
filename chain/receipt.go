package chain

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/abi"
)

// Receipt is the outcome of a transaction that a block accepted on L2 holds.
type Receipt struct {
	Hash        felt.Felt
	BlockNumber uint64
	BlockHash   felt.Felt
	// Fee paid, in the smallest unit of STRK.
	Fee *big.Int
	// L2Gas, L1Gas and L1DataGas consumed.
	L2Gas, L1Gas, L1DataGas uint64
	Events                  []abi.Event
}

// pollInterval is how often a pending transaction is looked at.
const pollInterval = 250 * time.Millisecond

// Receipt returns the receipt of a transaction. It fails with ErrNotFound while the transaction is unknown or not yet in a
// block accepted on L2, and with a *RevertError, beside the receipt, when it was reverted.
func (c *Client) Receipt(ctx context.Context, hash felt.Felt) (Receipt, error) {
	var out struct {
		TransactionHash felt.Felt `json:"transaction_hash"`
		ActualFee       struct {
			Amount felt.Felt `json:"amount"`
		} `json:"actual_fee"`
		FinalityStatus     string      `json:"finality_status"`
		ExecutionStatus    string      `json:"execution_status"`
		RevertReason       string      `json:"revert_reason"`
		Events             []wireEvent `json:"events"`
		BlockNumber        *uint64     `json:"block_number"`
		BlockHash          *felt.Felt  `json:"block_hash"`
		ExecutionResources struct {
			L1Gas     uint64 `json:"l1_gas"`
			L1DataGas uint64 `json:"l1_data_gas"`
			L2Gas     uint64 `json:"l2_gas"`
		} `json:"execution_resources"`
	}
	if err := c.Raw(ctx, "starknet_getTransactionReceipt", map[string]any{"transaction_hash": hash.String()}, &out); err != nil {
		return Receipt{}, err
	}
	switch out.FinalityStatus {
	case "ACCEPTED_ON_L2", "ACCEPTED_ON_L1":
	default:
		return Receipt{}, fmt.Errorf("%w: transaction %s is %s, not yet accepted on L2", ErrNotFound, hash.String(), out.FinalityStatus)
	}
	if !out.TransactionHash.Equal(&hash) || out.BlockNumber == nil || out.BlockHash == nil {
		return Receipt{}, fmt.Errorf("%w: a receipt of another transaction or without a block", ErrMalformed)
	}
	r := Receipt{
		Hash: hash, BlockNumber: *out.BlockNumber, BlockHash: *out.BlockHash,
		Fee:   out.ActualFee.Amount.BigInt(new(big.Int)),
		L2Gas: out.ExecutionResources.L2Gas, L1Gas: out.ExecutionResources.L1Gas, L1DataGas: out.ExecutionResources.L1DataGas,
	}
	for _, e := range out.Events {
		r.Events = append(r.Events, abi.Event{
			From: e.FromAddress, Keys: e.Keys, Data: e.Data,
			BlockNumber: r.BlockNumber, BlockHash: r.BlockHash, TransactionHash: hash,
		})
	}
	switch out.ExecutionStatus {
	case "SUCCEEDED":
		return r, nil
	case "REVERTED":
		return r, &RevertError{Reason: panicText(out.RevertReason), Trace: out.RevertReason, Transaction: hash}
	}
	return Receipt{}, fmt.Errorf("%w: execution status %q", ErrMalformed, out.ExecutionStatus)
}

// WaitReceipt waits until a block accepted on L2 holds the transaction. A node that does not answer for a while is asked
// again; the wait ends with the context.
func (c *Client) WaitReceipt(ctx context.Context, hash felt.Felt) (Receipt, error) {
	return c.waitReceipt(ctx, hash, func() error { return nil })
}

// waitReceipt calls again, whose error ends the wait, about every ten seconds in which the node does not know the
// transaction.
func (c *Client) waitReceipt(ctx context.Context, hash felt.Felt, again func() error) (Receipt, error) {
	const forgotten = int(10 * time.Second / pollInterval)
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for missing := 1; ; missing++ {
		r, err := c.Receipt(ctx, hash)
		switch {
		case err == nil || errors.Is(err, ErrReverted):
			return r, err
		case ctx.Err() != nil:
			return Receipt{}, fmt.Errorf("wait for transaction %s: %w", hash.String(), context.Cause(ctx))
		case !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrUnreachable):
			return Receipt{}, err
		}
		if missing%forgotten == 0 {
			if err := again(); err != nil {
				return Receipt{}, err
			}
		}
		select {
		case <-ctx.Done():
			return Receipt{}, fmt.Errorf("wait for transaction %s: %w", hash.String(), context.Cause(ctx))
		case <-ticker.C:
		}
	}
}
