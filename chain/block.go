package chain

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/NethermindEth/juno/core/felt"
)

// Block is what contracts and synthetic jobs look at of a block.
type Block struct {
	Number    uint64
	Hash      felt.Felt
	Timestamp time.Time
}

// Latest returns the latest block accepted on L2.
func (c *Client) Latest(ctx context.Context) (Block, error) { return c.block(ctx, latest) }

// Block returns the block with this number, or ErrNotFound.
func (c *Client) Block(ctx context.Context, number uint64) (Block, error) {
	b, err := c.block(ctx, blockNumber(number))
	if err == nil && b.Number != number {
		return Block{}, fmt.Errorf("%w: block %d where %d was asked for", ErrMalformed, b.Number, number)
	}
	return b, err
}

// L1Accepted returns the latest block whose proof Ethereum has accepted, or ErrNotFound when there is none, as on a local
// network.
func (c *Client) L1Accepted(ctx context.Context) (Block, error) { return c.block(ctx, l1Accepted) }

func (c *Client) block(ctx context.Context, id any) (Block, error) {
	var out struct {
		BlockNumber *uint64    `json:"block_number"`
		BlockHash   *felt.Felt `json:"block_hash"`
		Timestamp   int64      `json:"timestamp"`
	}
	if err := c.Raw(ctx, "starknet_getBlockWithTxHashes", map[string]any{"block_id": id}, &out); err != nil {
		return Block{}, err
	}
	if out.BlockNumber == nil || out.BlockHash == nil {
		return Block{}, fmt.Errorf("%w: a block without number or hash", ErrMalformed)
	}
	return Block{Number: *out.BlockNumber, Hash: *out.BlockHash, Timestamp: time.Unix(out.Timestamp, 0).UTC()}, nil
}

// exists turns ErrNotFound into false.
func exists(err error) (bool, error) {
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// DeployedAt returns the number of the block that deployed the contract at address, by bisection. A node that has
// forgotten old states makes it return a later block, at which the contract certainly exists.
func (c *Client) DeployedAt(ctx context.Context, address felt.Felt) (uint64, error) {
	newest, err := c.Latest(ctx)
	if err != nil {
		return 0, err
	}
	if _, err := c.ClassHashAt(ctx, address); err != nil {
		return 0, err
	}
	low, high := uint64(0), newest.Number // not yet there before low; there at high
	for low < high {
		middle := low + (high-low)/2
		err := c.Raw(ctx, "starknet_getClassHashAt", map[string]any{"block_id": blockNumber(middle), "contract_address": address.String()}, nil)
		var answer *RPCError
		switch {
		case err == nil:
			high = middle
		case errors.As(err, &answer):
			low = middle + 1
		default:
			return 0, err
		}
	}
	return high, nil
}
