package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sage-network/sage-node/prover/interop"
)

// behaviour is the environment variable that makes the test binary stand in for
// the Rust program; its value says how.
const behaviour = "SAGE_TEST_INTEROP_PROGRAM"

const (
	honest     = "honest"      // proves by golden files, verifies by package verify
	acceptsAll = "accepts all" // verifies anything
	refusesAll = "refuses all"
	otherProof = "other proof" // proves another instance
)

func TestMain(m *testing.M) {
	how := os.Getenv(behaviour)
	if how == "" {
		os.Exit(m.Run())
	}
	if err := standIn(how, os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func standIn(how, command string, flags []string) error {
	cases := interop.Golden()
	at := slices.IndexFunc(cases, func(c interop.Case) bool { return slices.Equal(c.Flags(), flags) })
	if at < 0 {
		return fmt.Errorf("no golden instance has the flags %q", flags)
	}
	if command == "verify" {
		data, err := io.ReadAll(os.Stdin)
		if err != nil {
			return err
		}
		s, err := interop.Decode(data)
		switch {
		case how == acceptsAll:
			return nil
		case how == refusesAll:
			return fmt.Errorf("refused")
		case err != nil:
			return err
		}
		return cases[at].Verify(context.Background(), s)
	}
	if how == otherProof {
		at++
	}
	packed, err := os.ReadFile(filepath.Join("..", "..", "interop", "testdata", cases[at].GoldenFile()))
	if err != nil {
		return err
	}
	data, err := interop.Unpack(packed)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(data)
	return err
}

func TestRun(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	few := []string{"--program", program, "--set", "golden", "--only", "^(masks_5_b1|range-check_5_c5_t4_i8)"}
	for _, c := range []struct {
		how    string
		args   []string
		output string
		fails  string // "" if it does not
	}{
		{honest, few, "2 instances, 0 of them differ or fail", ""},
		{acceptsAll, few, "the crate accepts a changed nonce", "2 of 2"},
		{refusesAll, few, "the crate on Go's proof: ", "1 of 2"},
		{otherProof, few, "Go's proof differs from the crate's: ", "2 of 2"},
		{honest, few[2:], "", "make interop"},
		{honest, append(slices.Clone(few), "--set", "none"), "", "want golden, large or all"},
		{honest, append(slices.Clone(few), "--only", "nothing"), "", "no instance"},
		{honest, append(slices.Clone(few), "--only", "("), "", "--only"},
		{honest, append(slices.Clone(few), "--program", filepath.Join(t.TempDir(), "none")), "no such file", "2 of 2"},
	} {
		t.Setenv(behaviour, c.how)
		var out bytes.Buffer
		err := run(context.Background(), c.args, &out, &out)
		if c.fails == "" && err != nil || c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails)) {
			t.Errorf("%s %q: error %v, want %q", c.how, c.args, err, c.fails)
		}
		if !strings.Contains(out.String(), c.output) {
			t.Errorf("%s %q: no %q in\n%s", c.how, c.args, c.output, out.String())
		}
	}
}

// TestUpdateWritesGoldenFiles: what the program proves is what lies in testdata.
func TestUpdateWritesGoldenFiles(t *testing.T) {
	folder := t.TempDir()
	t.Setenv(behaviour, honest)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"--program", program, "--set", "golden", "--only", "^masks_5", "--update", folder}
	if err := run(context.Background(), args, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, c := range interop.Golden() {
		if !strings.HasPrefix(c.Name(), "masks_5") {
			continue
		}
		got := unpacked(t, filepath.Join(folder, c.GoldenFile()))
		want := unpacked(t, filepath.Join("..", "..", "interop", "testdata", c.GoldenFile()))
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs", c.Name())
		}
	}
}

func unpacked(t *testing.T, file string) []byte {
	t.Helper()
	packed, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	data, err := interop.Unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
