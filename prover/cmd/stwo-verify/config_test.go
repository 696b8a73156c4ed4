package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sage-network/sage-node/prover/interop"
)

// unpackGolden writes a golden proof of the comparison.
func unpackGolden(t *testing.T, name, old, replacement string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "interop", "testdata", name+".json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if data, err = interop.Unpack(data); err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(data), old, replacement, 1)
	if old != replacement && text == string(data) {
		t.Fatalf("%s does not contain %q", name, old)
	}
	file := filepath.Join(t.TempDir(), "proof.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestConfigurations: a proof is checked under the demanded configuration, and under
// the one that it states only as far as nothing is demanded and it is not too weak.
func TestConfigurations(t *testing.T) {
	const weakName = "wide-fibonacci_4_c5_b4_f2_l0_q1_p0"
	fib := []string{"--air", "wide-fibonacci", "--columns", "100", "--log-rows", "8", golden("widefib_8_100_1_1_30_10.json")}
	small := []string{"--air", "wide-fibonacci", "--columns", "10", "--log-rows", "6", golden("widefib_6_10_2_2_8_8.json")}
	weak := []string{"--air", "wide-fibonacci", "--columns", "5", "--log-rows", "4", unpackGolden(t, weakName, "", "")}
	edited := func(old, replacement string) []string {
		return append(slices.Clone(weak[:6]), unpackGolden(t, weakName, old, replacement))
	}
	matmul := []string{"--air", "matmul", golden("matmul_k4.json")}
	for _, c := range []struct {
		of     []string
		flags  string
		status int
		output string
	}{
		{fib, "", 0, "as the proof states it"},
		{small, "", 0, "fold step 2, last layer 2^0: 24 bits"},
		{fib, "--pow-bits 10 --blowup 1 --queries 30 --fold-step 1 --last-layer 0", 0, "as demanded"},
		{fib, "--queries 30", 0, "as the proof states it"},
		{fib, "--pow-bits 11", 1, "the proof states --pow-bits 10, want 11"},
		{fib, "--pow-bits 9", 1, "the proof states --pow-bits 10, want 9"},
		{fib, "--blowup 2", 1, "the proof states --blowup 1, want 2"},
		{fib, "--queries 31", 1, "the proof states --queries 30, want 31"},
		{fib, "--queries 0", 1, "the proof states --queries 30, want 0"},
		{fib, "--queries 4294967326", 1, "the proof states --queries 30"}, // 2³² + 30
		{fib, "--fold-step 2", 1, "the proof states --fold-step 1, want 2"},
		{fib, "--last-layer 1", 1, "the proof states --last-layer 0, want 1"},
		{fib, "--config stwo-default", 1, "the proof states --queries 30, want 3"},
		{fib, "--min-bits 40", 0, "40 bits"},
		{fib, "--min-bits 41", 1, "too weak: 40 bits, want at least 41"},
		{small, "--min-bits 100", 1, "too weak: 24 bits"},
		{fib, "--pow-bits 10 --blowup 1 --queries 30 --fold-step 1 --last-layer 0 --min-bits 41", 1, "too weak: 40 bits"},

		{weak, "", 1, "too weak: 4 bits, want at least 14"},
		{weak, "--any-config", 0, ": 4 bits"},
		{weak, "--min-bits 5", 1, "too weak"},
		{weak, "--min-bits 4", 0, "as the proof states it"},
		{weak, "--queries 1", 1, "too weak"},
		{weak, "--pow-bits 0 --blowup 4 --queries 1 --fold-step 2 --last-layer 0", 0, "as demanded"},
		// More than was proved.
		{edited(`"pow_bits":0`, `"pow_bits":60`), "", 1, "stwo-verify: "},
		{edited(`"n_queries":1`, `"n_queries":20`), "", 1, "stwo-verify: "},
		{edited(`"n_queries":1`, `"n_queries":4294967295`), "", 1, "n_queries is 4294967295"},
		{edited(`"lifting_log_size":null`, `"lifting_log_size":12`), "--any-config", 1, "lifting"},
		{edited(`"lifting_log_size":null`, `"lifting_log_size":12`), "--pow-bits 0 --blowup 4 --queries 1 --fold-step 2 --last-layer 0", 1, "Lifting"},

		{matmul, "--config onchain", 2, "has one configuration"},
		{matmul, "--any-config", 2, "has one configuration"},
		{matmul, "--min-bits 3", 2, "has one configuration"},
		{matmul, "--queries 20", 2, "has one configuration"},
		{fib, "--config weak", 2, "want one of onchain, stwo-default"},
		{fib, "--config onchain --queries 3", 2, "already says what --queries is"},
		{fib, "--any-config --min-bits 3", 2, "contradict"},
		{fib, "--any-config --queries 30", 2, "nothing is demanded of"},
		{fib, "--any-config --config onchain", 2, "nothing is demanded of"},
		{fib, "--queries many", 2, "invalid value"},
	} {
		var stdout, stderr bytes.Buffer
		args := append(strings.Fields(c.flags), c.of...)
		status := run(args, &stdout, &stderr)
		if out := stdout.String() + stderr.String(); status != c.status || !strings.Contains(out, c.output) {
			t.Errorf("%q: status %d, want %d with %q:\n%s", args, status, c.status, c.output, out)
		}
	}
}

// sealGoldenCase writes a golden proof of the comparison as a proof file.
func sealGoldenCase(t *testing.T, name string) string {
	t.Helper()
	for _, c := range interop.Golden() {
		if c.Name() != name {
			continue
		}
		data, err := os.ReadFile(unpackGolden(t, name, "", ""))
		if err != nil {
			t.Fatal(err)
		}
		s, err := interop.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := c.Seal(s)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "proof.sage")
		if err := os.WriteFile(file, sealed.Blob, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	t.Fatalf("no golden case %s", name)
	return ""
}

// TestProofFiles: proof files with claimed sums are checked as the JSON is.
func TestProofFiles(t *testing.T) {
	file := sealGoldenCase(t, "bus_5_t7_i8_b1_f4_l1_q20_p1")
	changed, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed[len(changed)/2] ^= 1
	bad := filepath.Join(t.TempDir(), "bad.sage")
	if err := os.WriteFile(bad, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		flags, file string
		status      int
		output      string
	}{
		{"--air bus --log-rows 5 --bits 7 --interaction-pow 8", file, 0, "claimed sum 1"},
		{"--air bus --log-rows 5 --bits 7 --interaction-pow 8 --queries 20 --min-bits 21", file, 0, "the proof holds"},
		{"--air bus --log-rows 5 --bits 7 --interaction-pow 8 --queries 21", file, 1, "states --queries 20"},
		{"--air bus --log-rows 5 --bits 7 --interaction-pow 8 --min-bits 22", file, 1, "too weak: 21 bits"},
		{"--air bus --log-rows 5 --bits 7", file, 1, "8 bits for the interaction"},
		{"--air bus --log-rows 5 --bits 7 --interaction-pow 9", file, 1, "8 bits for the interaction"},
		{"--air bus --log-rows 5 --bits 6 --interaction-pow 8", file, 1, "constraints"},
		{"--air bus --log-rows 5 --bits 7 --interaction-pow 8 --words 1", file, 1, "public inputs"},
		{"--air masks --log-rows 5", file, 1, "unknown AIR"},
		{"--air bus --log-rows 5 --bits 7 --interaction-pow 8", bad, 1, "malformed"},
		{"--air bus --log-rows 9 --bits 7 --interaction-pow 8", sealGolden(t), 1, "unknown AIR"},
	} {
		var stdout, stderr bytes.Buffer
		status := run(append(strings.Fields(c.flags), c.file), &stdout, &stderr)
		if out := stdout.String() + stderr.String(); status != c.status || !strings.Contains(out, c.output) {
			t.Errorf("%s: status %d, want %d with %q:\n%s", c.flags, status, c.status, c.output, out)
		}
	}
}
