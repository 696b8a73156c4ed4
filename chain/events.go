package chain

import (
	"context"
	"fmt"
	"iter"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/abi"
)

// Filter selects events.
type Filter struct {
	// Contract that emitted them; zero for any.
	Contract felt.Felt
	// Keys lists, by position, the values that a key may have; an empty list admits all.
	Keys [][]felt.Felt
	// From and To are the first and the last block. A To beyond the latest block accepted on L2 is cut there.
	From, To uint64
}

// eventPage is the number of events asked for at once; all nodes serve that many.
const eventPage = 512

// Events yields the events of a range of blocks in the order of the chain, page by page. Only blocks accepted on L2 count.
// After an error, which is yielded last, the range may be asked for again from the last block seen.
func (c *Client) Events(ctx context.Context, f Filter) iter.Seq2[abi.Event, error] {
	return func(yield func(abi.Event, error) bool) {
		newest, err := c.Latest(ctx)
		if err != nil {
			yield(abi.Event{}, fmt.Errorf("read events: %w", err))
			return
		}
		to := min(f.To, newest.Number)
		if f.From > to {
			return
		}
		filter := map[string]any{"from_block": blockNumber(f.From), "to_block": blockNumber(to), "chunk_size": eventPage}
		if !f.Contract.IsZero() {
			filter["address"] = f.Contract.String()
		}
		if len(f.Keys) > 0 {
			keys := make([][]string, len(f.Keys))
			for i, values := range f.Keys {
				keys[i] = hexFelts(values)
			}
			filter["keys"] = keys
		}
		for {
			page, next, err := c.eventPage(ctx, filter)
			if err != nil {
				yield(abi.Event{}, fmt.Errorf("read events of blocks %d to %d: %w", f.From, to, err))
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			filter["continuation_token"] = next
		}
	}
}

// wireEvent is an event in the answers of a node.
type wireEvent struct {
	FromAddress     felt.Felt   `json:"from_address"`
	Keys            []felt.Felt `json:"keys"`
	Data            []felt.Felt `json:"data"`
	BlockNumber     *uint64     `json:"block_number"`
	BlockHash       *felt.Felt  `json:"block_hash"`
	TransactionHash felt.Felt   `json:"transaction_hash"`
}

func (c *Client) eventPage(ctx context.Context, filter map[string]any) ([]abi.Event, string, error) {
	var out struct {
		Events            []wireEvent `json:"events"`
		ContinuationToken string      `json:"continuation_token"`
	}
	if err := c.Raw(ctx, "starknet_getEvents", map[string]any{"filter": filter}, &out); err != nil {
		return nil, "", err
	}
	if len(out.Events) == 0 && out.ContinuationToken != "" && out.ContinuationToken == filter["continuation_token"] {
		return nil, "", fmt.Errorf("%w: an empty page that points to itself", ErrMalformed)
	}
	events := make([]abi.Event, len(out.Events))
	for i, e := range out.Events {
		if e.BlockNumber == nil || e.BlockHash == nil {
			return nil, "", fmt.Errorf("%w: an event without a block", ErrMalformed)
		}
		events[i] = abi.Event{
			From: e.FromAddress, Keys: e.Keys, Data: e.Data,
			BlockNumber: *e.BlockNumber, BlockHash: *e.BlockHash, TransactionHash: e.TransactionHash,
		}
	}
	return events, out.ContinuationToken, nil
}
