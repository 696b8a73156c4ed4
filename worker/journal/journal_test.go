package journal

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/sage-network/sage-node/internal/filelock"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
)

func sample() Record {
	return Record{
		Version: Version, Job: job.ID{1, 2}, Attempt: 3, Fence: 7, Step: Proven, Spec: job.NewMatmul(64, job.Hash{5}),
		InputCommitment: job.Hash{1}, TermsHash: wire.Felt{9}, PriceUnits: 10, AcceptTx: wire.Felt{11},
		ResultHash: job.Hash{2}, ResultCommitment: job.Hash{3}, ProofHash: job.Hash{4}, ProofCommitment: wire.Felt{12},
		UpdatedAt: 1,
	}
}

func open(t *testing.T, dir string) *Journal {
	t.Helper()
	j, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func TestPutAndAll(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	want := sample()
	for _, step := range append(order, Paid) {
		want.Step = step
		if err := j.Put(want); err != nil {
			t.Fatal(err)
		}
		got, err := j.All()
		if err != nil || len(got) != 1 || got[0] != want {
			t.Fatalf("%s: %+v %v", step, got, err)
		}
	}
	info, err := os.Stat(filepath.Join(dir, fileName(want.Job, want.Attempt)))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v, want mode 600", info, err)
	}
	if _, err := Open(dir); !errors.Is(err, filelock.ErrHeld) {
		t.Errorf("second Open: %v, want ErrHeld", err)
	}
	if err := j.Remove(want.Job, want.Attempt); err != nil {
		t.Fatal(err)
	}
	if got, err := Read(dir); err != nil || len(got) != 0 {
		t.Errorf("after Remove: %v %v", got, err)
	}
}

func TestBadRecordsAreSetAside(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	good := sample()
	if err := j.Put(good); err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(dir, fileName(job.ID{9}, 1))
	content, _ := json.Marshal(good) // of another attempt than its name says
	if err := os.WriteFile(bad, content, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := j.All()
	if !errors.Is(err, ErrRecord) || len(got) != 1 || got[0] != good {
		t.Fatalf("%+v %v, want the good record and ErrRecord", got, err)
	}
	if _, err := os.Stat(bad + ".bad"); err != nil {
		t.Error(err)
	}
	if got, err := j.All(); err != nil || len(got) != 1 {
		t.Errorf("after setting aside: %v %v", got, err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, change := range map[string]func(*Record){
		"version": func(r *Record) { r.Version++ },
		"step":    func(r *Record) { r.Step = "flying" },
		"attempt": func(r *Record) { r.Attempt = 0 },
	} {
		r := sample()
		change(&r)
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(b); !errors.Is(err, ErrRecord) {
			t.Errorf("%s: %v, want ErrRecord", name, err)
		}
	}
	whole, _ := json.Marshal(sample())
	for n := range whole {
		if _, err := Decode(whole[:n]); !errors.Is(err, ErrRecord) {
			t.Fatalf("truncated to %d bytes: %v, want ErrRecord", n, err)
		}
	}
}

func TestReached(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i, j := rapid.IntRange(0, len(order)-1).Draw(t, "i"), rapid.IntRange(0, len(order)-1).Draw(t, "j")
		if got := order[i].Reached(order[j]); got != (i >= j) {
			t.Errorf("%s.Reached(%s) = %v", order[i], order[j], got)
		}
		if !Paid.Reached(order[i]) || Void.Reached(order[i]) || Dropped.Reached(order[i]) {
			t.Errorf("final steps and %s", order[i])
		}
	})
}

func FuzzDecode(f *testing.F) {
	whole, _ := json.Marshal(sample())
	f.Add(whole)
	f.Add([]byte(`{"version":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Decode(b)
		if err != nil {
			return
		}
		again, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := Decode(again); err != nil || back != r {
			t.Fatalf("%+v %v", back, err)
		}
	})
}
