package main

import (
	"bytes"
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestPortable compares the test binary with itself.
func TestPortable(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	args := []string{"--portable", program, "--rows", "^poseidon2-14$", "--repeat", "1"}
	if err := run(context.Background(), args, &out, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"poseidon2-14, by phase", "commit tree 1", "\n  poseidon2-14 "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if !regexp.MustCompile(`\nworst \d+\.\d\d\n$`).MatchString(out.String()) {
		t.Errorf("the last line is not the worst ratio:\n%s", out.String())
	}
	args = append(args, "--program", program)
	if err := run(context.Background(), args, &out, &out); err == nil {
		t.Error("two comparisons at once are taken")
	}
}

func TestProcessor(t *testing.T) {
	r, err := rowNamed("matmul-256")
	if err != nil {
		t.Fatal(err)
	}
	m := measurement{Phases: []phase{
		{Name: "trace of tree 1", Processor: 1}, {Name: "commit tree 1", Processor: 2}, {Name: "proof of work", Processor: 4},
	}}
	if all, nonce := m.processor(r); all != 6 || nonce != 4 {
		t.Errorf("%v s of processor time and %v for the nonce, want 6 and 4", all, nonce)
	}
}
