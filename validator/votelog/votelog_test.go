package votelog

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/NethermindEth/juno/core/felt"
	"pgregory.net/rapid"

	"github.com/sage-network/sage-node/wire"
)

func number(n uint64) felt.Felt { return *new(felt.Felt).SetUint64(n) }

var self, key = number(11), number(22)

func vote(job byte, round uint32, verdict wire.Verdict) wire.Vote {
	return wire.Vote{
		Slot:  wire.Slot{Job: [16]byte{15: job}, Attempt: 1},
		Round: round, Verdict: verdict, Validator: self,
		Signature: wire.Signature{R: number(uint64(round) + 1), S: number(uint64(verdict))},
	}
}

func open1(t testing.TB, path string) *Log {
	t.Helper()
	l, err := Open(path, self, key)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func record(t testing.TB, l *Log, votes ...wire.Vote) {
	t.Helper()
	for _, v := range votes {
		if err := l.Record(v); err != nil {
			t.Fatal(err)
		}
	}
}

func TestVotesOutliveTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	l := open1(t, path)
	votes := []wire.Vote{vote(1, 0, wire.Unavailable), vote(1, 1, wire.Valid), vote(1, 5, wire.Valid), vote(2, 0, wire.Invalid)}
	record(t, l, votes...)
	record(t, l, votes[1]) // once more changes nothing
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open1(t, path)
	defer l.Close()
	got := append(l.Votes(votes[0].Slot), l.Votes(votes[3].Slot)...)
	if fmt.Sprint(got) != fmt.Sprint(votes) || l.Len() != 4 {
		t.Errorf("read back %d votes: %v", l.Len(), got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestContradictionsAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	l := open1(t, path)
	record(t, l, vote(1, 0, wire.Unavailable), vote(1, 1, wire.Valid))
	check := func(l *Log) {
		t.Helper()
		for name, v := range map[string]wire.Vote{
			"INVALID after VALID":        vote(1, 2, wire.Invalid),
			"INVALID in an older round":  vote(1, 0, wire.Invalid),
			"second vote of a round":     vote(1, 0, wire.Valid),
			"UNAVAILABLE in VALID round": vote(1, 1, wire.Unavailable),
		} {
			if err := l.Record(v); !errors.Is(err, ErrConflict) {
				t.Errorf("%s: %v", name, err)
			}
		}
		stranger := vote(3, 0, wire.Valid)
		stranger.Validator = number(99)
		if err := l.Record(stranger); !errors.Is(err, ErrForeign) {
			t.Errorf("vote of another: %v", err)
		}
	}
	check(l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open1(t, path)
	defer l.Close()
	check(l)
	record(t, l, vote(1, 2, wire.Valid), vote(2, 0, wire.Invalid)) // another slot is another question
}

func TestUnreadableVotesAreNotWritten(t *testing.T) {
	l := open1(t, filepath.Join(t.TempDir(), "log"))
	defer l.Close()
	if err := l.Record(vote(1, 0, 0)); err == nil {
		t.Error("recorded a vote without a verdict")
	}
	record(t, l, vote(1, 0, wire.Valid))
}

func TestTornTail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	l := open1(t, path)
	record(t, l, vote(1, 0, wire.Valid), vote(2, 0, wire.Invalid))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// Cut at many places: what is left is the whole records before the cut.
	for cut := 0; cut < len(whole); cut += 17 {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		l := open1(t, path)
		want := max(0, (cut-headerSize)/recordSize)
		if l.Len() != want {
			t.Fatalf("cut at %d: %d votes, want %d", cut, l.Len(), want)
		}
		record(t, l, vote(3, 0, wire.Valid))
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		l = open1(t, path)
		if l.Len() != want+1 {
			t.Fatalf("cut at %d: %d votes after writing on, want %d", cut, l.Len(), want+1)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	// A last record of the right length, torn inside, or of zeros that were never filled.
	for name, tail := range map[string][]byte{
		"torn inside": append(bytes.Clone(whole[:len(whole)-100]), make([]byte, 100)...),
		"zeros":       append(bytes.Clone(whole[:len(whole)-recordSize]), make([]byte, recordSize)...),
	} {
		if err := os.WriteFile(path, tail, 0o600); err != nil {
			t.Fatal(err)
		}
		l := open1(t, path)
		if l.Len() != 1 {
			t.Errorf("%s: %d votes, want 1", name, l.Len())
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDamageIsNotForgotten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	l := open1(t, path)
	record(t, l, vote(1, 0, wire.Valid), vote(2, 0, wire.Invalid), vote(3, 0, wire.Valid))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	whole, _ := os.ReadFile(path)
	contradiction := func() []byte {
		dir := t.TempDir()
		other := open1(t, filepath.Join(dir, "log"))
		record(t, other, vote(1, 4, wire.Invalid))
		_ = other.Close()
		b, _ := os.ReadFile(filepath.Join(dir, "log"))
		return append(bytes.Clone(whole), b[headerSize:]...)
	}
	flip := func(at int) []byte {
		b := bytes.Clone(whole)
		b[at] ^= 1
		return b
	}
	for name, content := range map[string][]byte{
		"first record":         flip(headerSize + 50),
		"length of a record":   flip(headerSize + recordSize + 3),
		"checksum":             flip(headerSize + 5),
		"magic":                flip(0),
		"version":              flip(len(magic) + 3),
		"record left out half": append(bytes.Clone(whole[:headerSize+10]), whole[headerSize+recordSize:]...),
		"contradiction":        contradiction(),
		"another file":         []byte("network = \"devnet\"\n# a settings file, longer than the header of a log, by mistake"),
		"short other file":     []byte("hello"),
	} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		want := ErrCorrupt
		if name == "version" {
			want = ErrVersion
		}
		if l, err := Open(path, self, key); !errors.Is(err, want) {
			t.Errorf("%s: %v, %v", name, l, err)
		}
		if after, _ := os.ReadFile(path); !bytes.Equal(after, content) {
			t.Errorf("%s: the damaged log was changed", name)
		}
	}
}

func TestALogHasOneOwner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	l := open1(t, path)
	if _, err := Open(path, self, key); !errors.Is(err, ErrLocked) {
		t.Errorf("opened twice: %v", err)
	}
	if err := errors.Join(l.Close(), l.Close()); err != nil {
		t.Fatal(err)
	}
	if err := l.Record(vote(1, 0, wire.Valid)); !errors.Is(err, ErrBroken) {
		t.Errorf("a closed log records: %v", err)
	}
	if _, err := Open(path, number(99), key); !errors.Is(err, ErrForeign) {
		t.Errorf("another validator: %v", err)
	}
	if _, err := Open(path, self, number(99)); !errors.Is(err, ErrForeign) {
		t.Errorf("another key: %v", err)
	}
	open1(t, path).Close()
}

// failing is a disk that fails after a number of bytes.
type failing struct {
	file
	left int
	sync error
}

func (f *failing) Write(b []byte) (int, error) {
	if len(b) > f.left {
		n, _ := f.file.Write(b[:f.left])
		f.left = 0
		return n, errors.New("no space left")
	}
	f.left -= len(b)
	return f.file.Write(b)
}

func (f *failing) Sync() error { return errors.Join(f.sync, f.file.Sync()) }

func TestAfterAFailedWriteNothingIsRecorded(t *testing.T) {
	for name, disk := range map[string]failing{
		"full":        {left: recordSize + 100},
		"sync failed": {left: 1 << 20, sync: errors.New("I/O error")},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "log")
			l := open1(t, path)
			disk.file = l.file
			l.file = &disk
			var err error
			for job := range byte(3) {
				if err = l.Record(vote(job, 0, wire.Valid)); err != nil {
					break
				}
			}
			if !errors.Is(err, ErrBroken) {
				t.Fatalf("got %v", err)
			}
			if err := l.Record(vote(9, 0, wire.Valid)); !errors.Is(err, ErrBroken) {
				t.Errorf("recorded on: %v", err)
			}
			_ = l.Close()
			l = open1(t, path) // recovers
			record(t, l, vote(9, 0, wire.Valid))
			_ = l.Close()
		})
	}
}

// TestKilledWhileWriting kills a writing process and looks for every vote whose recording it had
// acknowledged.
func TestKilledWhileWriting(t *testing.T) {
	if path := os.Getenv("VOTELOG_TEST_WRITE"); path != "" {
		writeUntilKilled(path)
	}
	path := filepath.Join(t.TempDir(), "log")
	acknowledged := 0
	for range 5 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilledWhileWriting$")
		cmd.Env = append(os.Environ(), "VOTELOG_TEST_WRITE="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; n < 20 && lines.Scan(); n++ {
			if acknowledged, err = strconv.Atoi(lines.Text()); err != nil {
				t.Fatalf("child said %q", lines.Text())
			}
		}
		_ = cmd.Process.Kill()
		for lines.Scan() { // what it acknowledged before it died
			if acknowledged, err = strconv.Atoi(lines.Text()); err != nil {
				break // torn line
			}
		}
		_ = cmd.Wait()
		l := open1(t, path)
		if l.Len() < acknowledged {
			t.Fatalf("acknowledged %d votes, the log holds %d", acknowledged, l.Len())
		}
		if err := l.Record(vote(0, uint32(acknowledged), wire.Invalid)); !errors.Is(err, ErrConflict) {
			t.Fatalf("contradiction after the crash: %v", err)
		}
		acknowledged = l.Len()
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func writeUntilKilled(path string) {
	l, err := Open(path, self, key)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for round := uint32(l.Len()); ; round++ {
		if err := l.Record(vote(0, round, wire.Valid)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(round + 1)
	}
}

// TestNeverAContradiction records arbitrary votes with restarts and torn tails between them; what is
// in the log never contradicts itself, nor anything that was acknowledged.
func TestNeverAContradiction(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		path := filepath.Join(dir, strconv.Itoa(n))
		l := open1(t, path)
		var sent []wire.Vote
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			if rapid.IntRange(0, 9).Draw(rt, "restart") == 0 {
				_ = l.Close()
				garbage := rapid.SliceOfN(rapid.Byte(), 0, recordSize-1).Draw(rt, "torn")
				f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
				if err != nil {
					rt.Fatal(err)
				}
				_, _ = f.Write(garbage)
				_ = f.Close()
				l = open1(t, path)
			}
			v := vote(rapid.Byte().Draw(rt, "job")%2, rapid.Uint32Range(0, 4).Draw(rt, "round"),
				wire.Verdict(rapid.IntRange(1, 3).Draw(rt, "verdict")))
			if err := l.Record(v); err == nil {
				sent = append(sent, v)
			} else if !errors.Is(err, ErrConflict) {
				rt.Fatal(err)
			}
		}
		_ = l.Close()
		for i, a := range sent {
			for _, b := range sent[:i] {
				if a.Slot == b.Slot && a != b && (a.Round == b.Round || a.Verdict.Decisive() && b.Verdict.Decisive() && a.Verdict != b.Verdict) {
					rt.Fatalf("sent %v and %v", a, b)
				}
			}
		}
	})
}

func FuzzOpen(f *testing.F) {
	dir := f.TempDir()
	l := open1(f, filepath.Join(dir, "seed"))
	record(f, l, vote(1, 0, wire.Valid))
	_ = l.Close()
	seed, _ := os.ReadFile(filepath.Join(dir, "seed"))
	f.Add(seed)
	f.Add(seed[:headerSize+3])
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := Open(path, self, key)
		if err != nil {
			return
		}
		n := l.Len()
		_ = l.Close()
		l, err = Open(path, self, key)
		if err != nil || l.Len() != n {
			t.Fatalf("opened with %d votes, then %v", n, err)
		}
		_ = l.Close()
	})
}
