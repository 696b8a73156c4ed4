package executor

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/wire"
)

// ErrPayload means that a payload does not open, or is not a specification that this worker
// understands.
var ErrPayload = errors.New("bad payload")

// DecodePayload reads an opened payload strictly and validates its specification.
func DecodePayload(b []byte) (wire.Payload, error) {
	var p wire.Payload
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return wire.Payload{}, fmt.Errorf("%w: %w", ErrPayload, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return wire.Payload{}, fmt.Errorf("%w: more than one value", ErrPayload)
	}
	if err := p.Spec.Validate(); err != nil {
		return wire.Payload{}, fmt.Errorf("%w: %w", ErrPayload, err)
	}
	return p, nil
}

// inputs derives or fetches A and B.
func (e *Executor) inputs(ctx context.Context, s job.Spec) (a, b prover.Matrix, err error) {
	expand := func(seed job.Hash) (prover.Matrix, prover.Matrix, error) {
		return prover.Expand(seed, int(s.Rows), int(s.Inner), int(s.Columns))
	}
	switch s.Input.Kind {
	case job.InputSeed:
		return expand(s.Input.Seed)
	case job.InputSynthetic:
		h, err := e.chain.BlockHash(ctx, s.Input.SeedBlock)
		if err != nil {
			return a, b, fmt.Errorf("the seed block: %w", err)
		}
		return expand(job.SyntheticSeed(h, e.worker))
	case job.InputBlob:
		// Kept here from the first time on: a worker that restarts after it has accepted does not depend
		// on the coordinator's giving it out again.
		blob, err := e.blobs.Get(s.Input.Blob)
		if err != nil {
			if blob, err = e.depot.Get(ctx, s.Input.Blob, wire.MaxInputBlob); err != nil {
				return a, b, fmt.Errorf("the input blob: %w", err)
			}
			if _, err := e.blobs.Put(blob); err != nil {
				return a, b, err
			}
		}
		if a, b, err = splitPair(blob); err != nil {
			return a, b, fmt.Errorf("%w: input blob: %w", ErrPayload, err)
		}
		if a.Rows != int(s.Rows) || a.Columns != int(s.Inner) || b.Rows != int(s.Inner) || b.Columns != int(s.Columns) {
			return a, b, fmt.Errorf("%w: the input blob holds %d×%d and %d×%d, the specification says %d×%d and %d×%d", ErrPayload,
				a.Rows, a.Columns, b.Rows, b.Columns, s.Rows, s.Inner, s.Inner, s.Columns)
		}
		return a, b, nil
	}
	return a, b, fmt.Errorf("%w: input kind %q", ErrPayload, s.Input.Kind)
}

// splitPair reads what wire.JoinInput wrote.
func splitPair(blob []byte) (a, b prover.Matrix, err error) {
	first, second, err := wire.SplitInput(blob)
	if err != nil {
		return a, b, err
	}
	if err := a.UnmarshalBinary(first); err != nil {
		return a, b, err
	}
	err = b.UnmarshalBinary(second)
	return a, b, err
}

// encodeResult is a result as it is served and hashed: the entries row by row, little-endian u32.
func encodeResult(c prover.Matrix) []byte {
	out := make([]byte, 0, 4*len(c.Data))
	for _, v := range c.Data {
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	return out
}

// decodeResult reads what encodeResult wrote.
func decodeResult(rows, columns uint32, b []byte) (prover.Matrix, error) {
	c := prover.Matrix{Rows: int(rows), Columns: int(columns), Data: make([]uint32, len(b)/4)}
	for i := range c.Data {
		c.Data[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	if 4*len(c.Data) != len(b) {
		return c, fmt.Errorf("a result of %d bytes", len(b))
	}
	return c, c.Validate()
}
