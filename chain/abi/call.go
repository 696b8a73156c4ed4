package abi

import (
	"context"
	"fmt"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/internal/starkhash"
)

// Call is the call of one entry point of a contract; a transaction holds one or several.
type Call struct {
	To         felt.Felt
	EntryPoint string
	Calldata   []felt.Felt
}

// Selector returns the selector of the entry point.
func (c Call) Selector() felt.Felt { return starkhash.Selector(c.EntryPoint) }

// String names the entry point and the contract, for errors and logs; it does not show the calldata.
func (c Call) String() string { return fmt.Sprintf("%s of %s", c.EntryPoint, c.To.String()) }

// Reader executes calls that change nothing, on a state of its choice.
type Reader interface {
	Call(ctx context.Context, call Call) ([]felt.Felt, error)
}

// View calls an entry point and decodes its result with decode, which must consume all of it.
func View(ctx context.Context, r Reader, call Call, decode func(*Decoder)) error {
	if r == nil {
		return fmt.Errorf("read %v: the binding has no reader", call)
	}
	out, err := r.Call(ctx, call)
	if err != nil {
		return fmt.Errorf("read %v: %w", call, err)
	}
	d := NewDecoder(out)
	decode(d)
	if err := d.Finish(); err != nil {
		return fmt.Errorf("read %v: %w", call, err)
	}
	return nil
}

// Event is an event as the chain has it: the selector and the indexed members in Keys, the others in Data.
type Event struct {
	From       felt.Felt
	Keys, Data []felt.Felt

	BlockNumber     uint64
	BlockHash       felt.Felt
	TransactionHash felt.Felt
}

// TypedEvent is a decoded event: a pointer to one of the generated structs.
type TypedEvent interface {
	// EventName is the contract's name, a dot, and the event's.
	EventName() string
	// EventKeys are the leading keys that the contract gives to events of this type.
	EventKeys() []felt.Felt
	DecodeKeys(*Decoder)
	DecodeData(*Decoder)
}

// DecodeEvent finds the type of an event among candidates by its leading keys and decodes it into that candidate,
// which it returns. It fails with ErrUnknownEvent when none fits.
func DecodeEvent(e Event, candidates ...TypedEvent) (TypedEvent, error) {
	for _, c := range candidates {
		prefix := c.EventKeys()
		if !hasPrefix(e.Keys, prefix) {
			continue
		}
		keys := NewDecoder(e.Keys[len(prefix):])
		c.DecodeKeys(keys)
		if err := keys.Finish(); err != nil {
			return nil, fmt.Errorf("keys of event %s: %w", c.EventName(), err)
		}
		data := NewDecoder(e.Data)
		c.DecodeData(data)
		if err := data.Finish(); err != nil {
			return nil, fmt.Errorf("data of event %s: %w", c.EventName(), err)
		}
		return c, nil
	}
	if len(e.Keys) == 0 {
		return nil, fmt.Errorf("%w: it has no keys", ErrUnknownEvent)
	}
	return nil, fmt.Errorf("%w: first key %s", ErrUnknownEvent, e.Keys[0].String())
}

func hasPrefix(keys, prefix []felt.Felt) bool {
	if len(keys) < len(prefix) {
		return false
	}
	for i := range prefix {
		if !keys[i].Equal(&prefix[i]) {
			return false
		}
	}
	return true
}
