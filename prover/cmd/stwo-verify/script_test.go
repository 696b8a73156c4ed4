package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sage-network/sage-node/prover/interop"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"stwo-verify": main})
}

func TestScripts(t *testing.T) {
	proofs, err := filepath.Abs(filepath.Join("..", "..", "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	packed, err := filepath.Abs(filepath.Join("..", "..", "interop", "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("PROOFS", proofs)
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			// unpack FILE CASE writes a golden proof.
			"unpack": func(ts *testscript.TestScript, _ bool, args []string) {
				data, err := os.ReadFile(filepath.Join(packed, args[1]+".json.gz"))
				ts.Check(err)
				data, err = interop.Unpack(data)
				ts.Check(err)
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o600))
			},
			// edit FILE OF OLD NEW writes a copy with one text replaced.
			"edit": func(ts *testscript.TestScript, _ bool, args []string) {
				text := ts.ReadFile(args[1])
				changed := strings.Replace(text, args[2], args[3], 1)
				if changed == text {
					ts.Fatalf("%s does not contain %q", args[1], args[2])
				}
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(changed), 0o600))
			},
		},
	})
}
