package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestMain lets the test binary stand in for both programs that are measured: our
// own child, and the Rust program, which takes a second and a MiB here.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case childCommand:
			main()
			return
		case "bench":
			if slices.Contains(os.Args, "--store-coefficients") {
				fmt.Println(`{"prove_seconds": 2, "peak_rss_bytes": 2097152}`)
			} else {
				fmt.Println(`{"prove_seconds": 1, "verify_seconds": 0.001, "peak_rss_bytes": 1048576}`)
			}
			return
		}
	}
	os.Exit(m.Run())
}

func TestRun(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out, log bytes.Buffer
	args := []string{"--program", program, "--rows", "^wide-fibonacci-16$", "--threads", "2", "--repeat", "1"}
	if err := run(context.Background(), args, &out, &log); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"wide-fibonacci-16", "commit tree 1", "hashing", "compressed"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report has no %q:\n%s", want, out.String())
		}
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	last := lines[len(lines)-1]
	if !regexp.MustCompile(`^geomean \d+\.\d\d worst \d+\.\d\d$`).MatchString(last) {
		t.Errorf("the last line is %q", last)
	}
	if !strings.Contains(out.String(), "false") {
		t.Error("the crate's faster way was not taken")
	}

	for name, args := range map[string][]string{
		"make bench-prover":  {"--rows", "wide"},
		"no row matches":     {"--program", program, "--rows", "none"},
		"want positive":      {"--program", program, "--threads", "0"},
		"want at least 1":    {"--program", program, "--repeat", "0"},
		"missing closing ):": {"--program", program, "--rows", "("},
		"no such file":       {"--program", t.TempDir() + "/none", "--rows", "^matmul-64$", "--threads", "1"},
	} {
		if err := run(context.Background(), args, &out, &log); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%q: %v, want %q", args, err, name)
		}
	}
}

// TestRows: every row is an instance that can be proved, with bounds for its work.
func TestRows(t *testing.T) {
	for _, r := range rows() {
		work, err := bounds(r.c, 3<<32|7) // 3·2²⁰ + 8 nonces
		if err != nil {
			t.Errorf("%s: %v", r.name, err)
			continue
		}
		m := machine{bandwidth: 1e9, hashes: 1e6}
		if s, by := m.seconds(work["commit tree 1"]); s <= 0 || by == "" {
			t.Errorf("%s: no bound for the trace's commitment", r.name)
		}
		if s, by := m.seconds(work["proof of work"]); s != 3.145736 || by != "hashing" {
			t.Errorf("%s: its nonces take %v s by %s", r.name, s, by)
		}
	}
}

func TestMedian(t *testing.T) {
	m := []measurement{{ProveSeconds: 3}, {ProveSeconds: 1}, {ProveSeconds: 2}, {ProveSeconds: 9}}
	if got := median(m).ProveSeconds; got != 2 {
		t.Errorf("median %v, want the lower middle, 2", got)
	}
	r := result{stwo: m[:1], ours: m[2:3]}
	if got := r.ratio(); got != 1.5 {
		t.Errorf("ratio %v, want 1.5", got)
	}
}
