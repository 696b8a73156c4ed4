package job

import (
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/NethermindEth/juno/core/felt"
	"pgregory.net/rapid"
)

func TestIDText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var id ID
		copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		back, err := ParseID(id.String())
		if err != nil || back != id {
			t.Fatalf("%s became %s, %v", id, back, err)
		}
		b, err := json.Marshal(id)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &back); err != nil || back != id {
			t.Fatalf("%s became %s, %v", b, back, err)
		}
	})
	if id, err := ParseID("0xab"); err != nil || id[15] != 0xab {
		t.Errorf("short form: %v, %v", id, err)
	}
	for _, bad := range []string{"", "0x", "ab", "0xzz", "0x" + strings.Repeat("1", 33), "-0x1"} {
		if _, err := ParseID(bad); !errors.Is(err, ErrBadID) {
			t.Errorf("ParseID(%q): %v", bad, err)
		}
	}
}

func TestSpecValidate(t *testing.T) {
	good := NewMatmul(1024, Hash{1})
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Spec){
		"version":         func(s *Spec) { s.Version = 2 },
		"type":            func(s *Spec) { s.Type = "training" },
		"size 0":          func(s *Spec) { s.Rows = 0 },
		"huge":            func(s *Spec) { s.Columns = 1025 },
		"too small":       func(s *Spec) { s.Rows, s.Inner, s.Columns = 7, 7, 7 },
		"input kind":      func(s *Spec) { s.Input.Kind = "url" },
		"blob unset":      func(s *Spec) { s.Input = Input{Kind: InputBlob} },
		"two inputs":      func(s *Spec) { s.Input.Blob = Hash{2} },
		"no seed block":   func(s *Spec) { s.Input = Input{Kind: InputSynthetic} },
		"delivery":        func(s *Spec) { s.Delivery = "fax" },
		"tier 0":          func(s *Spec) { s.MinTier = 0 },
		"tier over range": func(s *Spec) { s.MinTier = 6 },
	} {
		s := good
		change(&s)
		if err := s.Validate(); !errors.Is(err, ErrBadSpec) {
			t.Errorf("%s: %v", name, err)
		}
		if s.Hash() == good.Hash() {
			t.Errorf("%s: the hash does not bind it", name)
		}
	}
}

func TestSyntheticSeed(t *testing.T) {
	// echo -n <64 hex digits of 1><64 hex digits of 2> | xxd -r -p | sha256sum
	const want = "d6ba9329f8932c12192b37849f772104d20048f76434a3290512d9d814e4116f"
	if got := SyntheticSeed(*new(felt.Felt).SetUint64(1), *new(felt.Felt).SetUint64(2)).String(); got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
}

func TestSpecHashSurvivesJSON(t *testing.T) {
	s := NewMatmul(64, Hash{7})
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back Spec
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if back.Hash() != s.Hash() {
		t.Fatalf("%s hashes differently after a round trip", b)
	}
}

func TestK(t *testing.T) {
	for n, k := range map[uint32]uint32{8: 3, 9: 4, 16: 4, 17: 5, 1000: 10, 1024: 10} {
		s := NewMatmul(n, Hash{})
		s.Rows = 1
		if got := s.K(); got != k {
			t.Errorf("size %d: k = %d, want %d", n, got, k)
		}
	}
}

func TestTiers(t *testing.T) {
	for text, want := range map[string]Tier{
		"T4": TierConsumer, "Tesla T4": TierConsumer, "cpu": TierConsumer, "consumer": TierConsumer,
		"NVIDIA GeForce RTX 4090": TierWorkstation, "NVIDIA H100 80GB HBM3": TierEnterprise,
		"NVIDIA A100-SXM4-80GB": TierEnterprise, "nvidia h200": TierFrontier, "L40S": TierDataCenter,
		"NVIDIA RTX 6000 Ada Generation": TierWorkstation, "Frontier": TierFrontier,
	} {
		if got, err := ParseTier(text); err != nil || got != want {
			t.Errorf("ParseTier(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, bad := range []string{"", "H1", "RTX", "Voodoo 3", "T400", "A1000"} {
		if got, err := ParseTier(bad); !errors.Is(err, ErrUnknownTier) {
			t.Errorf("ParseTier(%q) = %v, %v", bad, got, err)
		}
	}
}

// Every field of the terms is bound by their hash.
func TestTermsHashBindsEveryField(t *testing.T) {
	base := Terms{Delivery: DeliverResult, PenaltyCap: big.NewInt(5)}
	one := *new(felt.Felt).SetUint64(1)
	seen := map[felt.Felt]string{base.Hash(): "base"}
	for name, change := range map[string]func(*Terms){
		"job":         func(t *Terms) { t.Job[15] = 1 },
		"attempt":     func(t *Terms) { t.Attempt = 1 },
		"worker":      func(t *Terms) { t.Worker = one },
		"spec":        func(t *Terms) { t.SpecHash = one },
		"input low":   func(t *Terms) { t.InputCommitment[31] = 1 },
		"input high":  func(t *Terms) { t.InputCommitment[0] = 1 },
		"air":         func(t *Terms) { t.AIR = 1 },
		"air version": func(t *Terms) { t.AIRVersion = 1 },
		"k":           func(t *Terms) { t.K = 1 },
		"rows":        func(t *Terms) { t.Rows = 1 },
		"inner":       func(t *Terms) { t.Inner = 1 },
		"columns":     func(t *Terms) { t.Columns = 1 },
		"verifier":    func(t *Terms) { t.VerifierVersion = 1 },
		"escrow":      func(t *Terms) { t.EscrowHash = one },
		"auditor":     func(t *Terms) { t.AuditorEpoch = 1 },
		"accept":      func(t *Terms) { t.Windows.Accept = 1 },
		"submit":      func(t *Terms) { t.Windows.Submit = 1 },
		"decide":      func(t *Terms) { t.Windows.Decide = 1 },
		"challenge":   func(t *Terms) { t.Windows.Challenge = 1 },
		"appeal":      func(t *Terms) { t.Windows.Appeal = 1 },
		"cap":         func(t *Terms) { t.PenaltyCap = big.NewInt(6) },
		"delivery":    func(t *Terms) { t.Delivery = DeliverProof },
	} {
		terms := base
		change(&terms)
		h := terms.Hash()
		if other, taken := seen[h]; taken {
			t.Errorf("%s and %s hash alike", name, other)
		}
		seen[h] = name
	}
}

func TestTransitions(t *testing.T) {
	way := []State{Queued, Assigned, Funded, Accepted, Executing, Proving, Submitted, Voting, Challenge, Approved, Paid}
	for i := 1; i < len(way); i++ {
		if err := way[i-1].Next(way[i]); err != nil {
			t.Error(err)
		}
	}
	for _, s := range []State{Paid, Cancelled, Expired, Quarantined} {
		if !s.Final() {
			t.Errorf("%s is not final", s)
		}
	}
	for _, bad := range [][2]State{{Paid, Queued}, {Queued, Paid}, {Rejected, Paid}, {Void, Paid}, {Approved, Void}, {Submitted, Assigned}, {"", Queued}, {"", ""}} {
		if err := bad[0].Next(bad[1]); !errors.Is(err, ErrTransition) {
			t.Errorf("%s to %s: %v", bad[0], bad[1], err)
		}
	}
	for from, nexts := range transitions {
		for _, to := range nexts {
			if !to.Known() {
				t.Errorf("%s leads to unknown %s", from, to)
			}
		}
	}
}
