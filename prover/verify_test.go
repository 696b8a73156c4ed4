package prover_test

import (
	"bytes"
	"errors"
	"flag"
	"slices"
	"strings"
	"testing"

	"github.com/NethermindEth/juno/core/felt"
	"lukechampine.com/blake3"

	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/proof"
)

// sweep makes TestVerifyRefusesAnyChangedByte try every byte; it takes minutes.
var sweep = flag.Bool("sweep", false, "change every byte of the packed proof, not a sample")

var sentinels = []error{
	prover.ErrMalformed, prover.ErrTooLarge, prover.ErrUnknownAIR, prover.ErrInvalidStatement, prover.ErrStatement,
	prover.ErrRoot, prover.ErrConstraints, prover.ErrProofOfWork, prover.ErrMerkle, prover.ErrFri, prover.ErrDegenerate,
}

func documented(err error) bool {
	return slices.ContainsFunc(sentinels, func(s error) bool { return errors.Is(err, s) })
}

func bumpFelt(f *felt.Felt) {
	one := felt.One
	f.Add(f, &one)
}

func TestVerifyRefusesAnotherStatement(t *testing.T) {
	good, sealed := sealGolden(t)
	for _, c := range []struct {
		name   string
		want   error
		hint   string
		change func(s *prover.Statement)
	}{
		{"AIR", prover.ErrUnknownAIR, "", func(s *prover.Statement) { s.AIR++ }},
		{"version", prover.ErrUnknownAIR, "", func(s *prover.Statement) { s.Version++ }},
		{"k", prover.ErrInvalidStatement, "", func(s *prover.Statement) { s.K++ }},
		{"k and sizes", prover.ErrStatement, "k is not", func(s *prover.Statement) { s.K, s.Rows = 5, 32 }},
		{"no rows", prover.ErrInvalidStatement, "", func(s *prover.Statement) { s.Rows = 0 }},
		{"too many rows", prover.ErrInvalidStatement, "", func(s *prover.Statement) { s.Rows = 1025; s.K = 11 }},
		{"far too many rows", prover.ErrInvalidStatement, "", func(s *prover.Statement) { s.Rows = 1<<32 - 1; s.K = 31 }},
		{"rows", prover.ErrStatement, "number of rows", func(s *prover.Statement) { s.Rows-- }},
		{"inner", prover.ErrStatement, "inner size", func(s *prover.Statement) { s.Inner-- }},
		{"columns", prover.ErrStatement, "number of columns", func(s *prover.Statement) { s.Columns-- }},
		{"chain", prover.ErrStatement, "chain id", func(s *prover.Statement) { bumpFelt(&s.ChainID) }},
		{"job manager", prover.ErrStatement, "job manager", func(s *prover.Statement) { bumpFelt(&s.JobManager) }},
		{"job", prover.ErrStatement, "job id", func(s *prover.Statement) { s.JobID[0] = 1 }},
		{"attempt", prover.ErrStatement, "attempt", func(s *prover.Statement) { s.Attempt++ }},
		{"worker", prover.ErrStatement, "worker", func(s *prover.Statement) { bumpFelt(&s.Worker) }},
		{"input", prover.ErrRoot, "tree 1", func(s *prover.Statement) { s.InputCommitment[0] ^= 1 }},
		{"result", prover.ErrRoot, "tree 2", func(s *prover.Statement) { s.ResultCommitment[31] ^= 1 }},
		{"input and result swapped", prover.ErrRoot, "", func(s *prover.Statement) {
			s.InputCommitment, s.ResultCommitment = s.ResultCommitment, s.InputCommitment
		}},
		{"nothing", prover.ErrUnknownAIR, "", func(s *prover.Statement) { *s = prover.Statement{} }},
	} {
		s := good
		c.change(&s)
		if _, err := prover.Verify(s, sealed.Blob); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.hint) {
			t.Errorf("%s: %v, want %v with %q", c.name, err, c.want, c.hint)
		}
	}
}

// A file whose header was rewritten to another job passes no further: the
// transcript takes the statement's words from the caller.
func TestVerifyRefusesARewrittenHeader(t *testing.T) {
	_, s, p := readGolden(t)
	s.Attempt++
	stolen, err := prover.Seal(s, p)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := prover.Verify(s, stolen.Blob); !errors.Is(err, prover.ErrConstraints) {
		t.Errorf("%v, want %v", err, prover.ErrConstraints)
	}
	bumpFelt(&s.Worker)
	if err := prover.VerifyProof(s, p); !errors.Is(err, prover.ErrConstraints) {
		t.Errorf("another worker: %v, want %v", err, prover.ErrConstraints)
	}
}

func TestVerifyRefusesAnotherPreprocessedRoot(t *testing.T) {
	_, s, p := readGolden(t)
	p.Commitments[matmul.TreePreprocessed][5] ^= 1
	if err := prover.VerifyProof(s, p); !errors.Is(err, prover.ErrRoot) {
		t.Errorf("%v, want %v", err, prover.ErrRoot)
	}
	root, err := matmul.PreprocessedRoot(s.K)
	if err != nil {
		t.Fatal(err)
	}
	f, _, p := readGolden(t)
	if want := parseHash(t, f.PreprocessedRoot); root != want || p.Commitments[0] != want {
		t.Errorf("table has %x, the proof %x, want %x", root, p.Commitments[0], want)
	}
}

// Any configuration but the AIR version's own is malformed, weaker or stronger.
func TestOpenRefusesOtherConfigurations(t *testing.T) {
	_, s, p := readGolden(t)
	component, err := matmul.New(s.K)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(c *proof.Config){
		"proof of work": func(c *proof.Config) { c.PowBits = 13 },
		"more work":     func(c *proof.Config) { c.PowBits++ },
		"lifting":       func(c *proof.Config) { c.LiftingLogSize = 12 },
	} {
		cfg := matmul.Config()
		change(&cfg)
		h := s.Header()
		h.Config = cfg
		shape, err := component.Shape(matmul.Config())
		if err != nil {
			t.Fatal(err)
		}
		weak := *p
		weak.Config, shape.Config = cfg, cfg // same shape, another claim
		sealed, err := proof.Seal(h, shape, &weak)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := prover.Open(sealed.Blob); !errors.Is(err, prover.ErrMalformed) {
			t.Errorf("%s: %v, want %v", name, err, prover.ErrMalformed)
		}
	}
	for name, change := range map[string]func(h *proof.Header){
		"AIR":     func(h *proof.Header) { h.AIR = 2 },
		"version": func(h *proof.Header) { h.Version = 0 },
	} {
		h := s.Header()
		change(&h)
		shape, err := component.Shape(matmul.Config())
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := proof.Seal(h, shape, p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := prover.Open(sealed.Blob); !errors.Is(err, prover.ErrUnknownAIR) {
			t.Errorf("%s: %v, want %v", name, err, prover.ErrUnknownAIR)
		}
	}
}

// TestVerifyRefusesAnyChangedByte changes the packed proof, past compression and
// hashes: one byte of every felt, or all of them with -sweep.
func TestVerifyRefusesAnyChangedByte(t *testing.T) {
	_, s, p := readGolden(t)
	component, err := matmul.New(s.K)
	if err != nil {
		t.Fatal(err)
	}
	shape, err := component.Shape(matmul.Config())
	if err != nil {
		t.Fatal(err)
	}
	packed, err := proof.Pack(shape, p)
	if err != nil {
		t.Fatal(err)
	}
	for i := range packed {
		for j := range 32 {
			if !*sweep && j != 5+i%27 {
				continue
			}
			b := packed[i].Bytes()
			b[j] ^= 1 << ((i + j) % 8)
			was := packed[i]
			if packed[i].SetBytesCanonical(b[:]) == nil {
				changed, err := proof.Unpack(shape, packed)
				if err == nil {
					err = prover.VerifyProof(s, changed)
				}
				if !documented(err) {
					t.Fatalf("byte %d of felt %d changed: %v", j, i, err)
				}
			}
			packed[i] = was
		}
	}
}

func TestMatrixEncoding(t *testing.T) {
	m := prover.Matrix{Rows: 2, Columns: 3, Data: []uint32{1, 2, 3, 4, 5, 1<<31 - 2}}
	data, err := m.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	want := "SAGEMAT\x01\x02\x00\x00\x00\x03\x00\x00\x00" +
		"\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00\x04\x00\x00\x00\x05\x00\x00\x00\xfe\xff\xff\x7f"
	if string(data) != want {
		t.Errorf("%q, want %q", data, want)
	}
	var back prover.Matrix
	if err := back.UnmarshalBinary(data); err != nil || back.Rows != 2 || back.Columns != 3 || !slices.Equal(back.Data, m.Data) {
		t.Errorf("%+v (%v), want %+v", back, err, m)
	}
	edit := func(at int, v byte) []byte { b := bytes.Clone(data); b[at] = v; return b }
	for name, bad := range map[string][]byte{
		"nothing":             nil,
		"a head only":         data[:12],
		"another magic":       edit(0, 'X'),
		"no rows":             edit(8, 0),
		"no columns":          edit(12, 0),
		"too many rows":       edit(10, 1),
		"2³¹ rows":            edit(11, 0x80),
		"other sizes":         edit(8, 3),
		"an entry missing":    data[:len(data)-4],
		"a byte too many":     append(bytes.Clone(data), 0),
		"an entry of 2³¹ − 1": edit(len(data)-4, 0xff),
		"an entry of 2³¹":     edit(len(data)-1, 0x80),
	} {
		if err := new(prover.Matrix).UnmarshalBinary(bad); !errors.Is(err, prover.ErrMatrix) {
			t.Errorf("%s: %v, want %v", name, err, prover.ErrMatrix)
		}
	}
	for name, bad := range map[string]prover.Matrix{
		"zero value":      {},
		"negative sizes":  {Rows: -1, Columns: -1, Data: []uint32{1}},
		"a missing entry": {Rows: 2, Columns: 2, Data: []uint32{1, 2, 3}},
		"too large":       {Rows: prover.MaxSize + 1, Columns: 1, Data: make([]uint32, prover.MaxSize+1)},
		"not canonical":   {Rows: 1, Columns: 1, Data: []uint32{1<<31 - 1}},
	} {
		if _, err := bad.MarshalBinary(); !errors.Is(err, prover.ErrMatrix) {
			t.Errorf("%s: %v, want %v", name, err, prover.ErrMatrix)
		}
	}
}

func TestResultHash(t *testing.T) {
	m := prover.Matrix{Rows: 1, Columns: 2, Data: []uint32{0x01020304, 5}}
	if got, want := prover.ResultHash(m), blake3.Sum256([]byte{4, 3, 2, 1, 5, 0, 0, 0}); got != want {
		t.Errorf("%x, want %x", got, want)
	}
}

// TestExpand reads the seed's stream a second way, as one long hash.
func TestExpand(t *testing.T) {
	seed := [32]byte{1, 2, 3}
	a, b, err := prover.Expand(seed, 3, 5, 7)
	if err != nil {
		t.Fatal(err)
	}
	if a.Rows != 3 || a.Columns != 5 || b.Rows != 5 || b.Columns != 7 {
		t.Fatalf("A is %d×%d, B is %d×%d", a.Rows, a.Columns, b.Rows, b.Columns)
	}
	h := blake3.New(4096, nil)
	h.Write(seed[:])
	stream := h.Sum(nil)
	var want []uint32
	for len(want) < 15+35 {
		w := uint32(stream[0]) | uint32(stream[1])<<8 | uint32(stream[2])<<16 | uint32(stream[3])<<24
		stream = stream[4:]
		if w < 1<<31-1 {
			want = append(want, w)
		}
	}
	if got := append(slices.Clone(a.Data), b.Data...); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if err := errors.Join(a.Validate(), b.Validate()); err != nil {
		t.Error(err)
	}
	for _, sizes := range [][3]int{{0, 1, 1}, {1, 0, 1}, {1, 1, 0}, {-1, 1, 1}, {1025, 1, 1}, {1, 1 << 30, 1}, {1, 1, 1025}} {
		if _, _, err := prover.Expand(seed, sizes[0], sizes[1], sizes[2]); !errors.Is(err, prover.ErrMatrix) {
			t.Errorf("%v: %v, want %v", sizes, err, prover.ErrMatrix)
		}
	}
}
