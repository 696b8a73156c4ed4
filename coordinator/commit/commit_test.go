package commit

import (
	"context"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/coordinator/settle"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/wire"
)

type blobs map[job.Hash][]byte

func (b blobs) Get(h job.Hash, _ int64) ([]byte, error) {
	if blob, ok := b[h]; ok {
		return blob, nil
	}
	return nil, errors.New("no such blob")
}

type blocks struct{}

func (blocks) BlockHash(_ context.Context, n uint64) (felt.Felt, error) {
	return *new(felt.Felt).SetUint64(n), nil
}

func matrix(t *testing.T, m prover.Matrix) []byte {
	t.Helper()
	b, err := m.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestInputs(t *testing.T) {
	seed := job.Hash{1, 2}
	s := job.NewMatmul(8, seed)
	a, b, err := prover.Expand(seed, 8, 8, 8)
	if err != nil {
		t.Fatal(err)
	}
	want, err := prover.CommitInput(t.Context(), a, b)
	if err != nil {
		t.Fatal(err)
	}
	good := wire.JoinInput(matrix(t, a), matrix(t, b))
	store := blobs{{1}: good, {2}: good[:len(good)-1], {3}: wire.JoinInput(matrix(t, a), matrix(t, prover.Matrix{Rows: 8, Columns: 1, Data: make([]uint32, 8)})), {4}: nil}
	c := New(store, blocks{})
	got, err := c.Commit(t.Context(), s, felt.Felt{})
	if err != nil || got != want {
		t.Fatalf("by seed: %s, %v", got, err)
	}
	s.Input = job.Input{Kind: job.InputBlob, Blob: job.Hash{1}}
	if got, err = c.Commit(t.Context(), s, felt.Felt{}); err != nil || got != want {
		t.Fatalf("by blob: %s, %v", got, err)
	}
	for n := byte(2); n <= 4; n++ {
		s.Input.Blob = job.Hash{n}
		if _, err := c.Commit(t.Context(), s, felt.Felt{}); !errors.Is(err, settle.ErrInput) {
			t.Errorf("blob %d: %v, want ErrInput", n, err)
		}
	}
	s.Input = job.Input{Kind: job.InputSynthetic, SeedBlock: 7}
	one, err1 := c.Commit(t.Context(), s, *new(felt.Felt).SetUint64(1))
	two, err2 := c.Commit(t.Context(), s, *new(felt.Felt).SetUint64(2))
	if err1 != nil || err2 != nil || one == two || one == want {
		t.Fatalf("synthetic: %s, %s, %v, %v", one, two, err1, err2)
	}
}

func TestResults(t *testing.T) {
	s := job.NewMatmul(8, job.Hash{})
	s.Columns = 5
	m := prover.Matrix{Rows: 8, Columns: 5, Data: make([]uint32, 40)}
	entries := make([]byte, 160)
	for i := range m.Data {
		m.Data[i] = uint32(i * i)
		binary.LittleEndian.PutUint32(entries[4*i:], m.Data[i])
	}
	want, err := prover.CommitResult(t.Context(), s.K(), m)
	if err != nil {
		t.Fatal(err)
	}
	c := New(nil, nil)
	if got, err := c.Result(t.Context(), s, entries); err != nil || got != want {
		t.Fatalf("root %s, %v", got, err)
	}
	binary.LittleEndian.PutUint32(entries, 1<<31-1) // not canonical
	for _, bad := range [][]byte{entries, entries[:156], append(entries, 0, 0, 0, 0), nil} {
		if _, err := c.Result(t.Context(), s, bad); !errors.Is(err, ErrResult) {
			t.Errorf("%d bytes: %v, want ErrResult", len(bad), err)
		}
	}
}
