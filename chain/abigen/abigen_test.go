package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The bindings in the repository are what the generator makes of the classes in the repository.
func TestBindingsAreCurrent(t *testing.T) {
	for _, c := range []struct{ artifacts, out, pkg string }{
		{"../../contracts/artifacts", "../bindings", "bindings"},
		{"../internal/sample/artifacts", "../internal/sample", "sample"},
	} {
		t.Run(c.pkg, func(t *testing.T) {
			want, err := generate(c.artifacts, c.pkg)
			if err != nil {
				t.Fatal(err)
			}
			have, err := generatedFiles(c.out)
			if err != nil {
				t.Fatal(err)
			}
			for name, source := range want {
				got, err := os.ReadFile(filepath.Join(c.out, name))
				if err != nil {
					t.Errorf("%v; run go generate ./chain/...", err)
				} else if !bytes.Equal(got, source) {
					t.Errorf("%s is not what the ABI gives; run go generate ./chain/...", name)
				}
			}
			for _, name := range have {
				if want[name] == nil {
					t.Errorf("%s belongs to no contract; run go generate ./chain/...", name)
				}
			}
		})
	}
}

func TestParseType(t *testing.T) {
	for in, want := range map[string]string{
		"core::felt252":                        "core::felt252",
		"()":                                   "tuple()",
		"(core::integer::u8, core::bool)":      "tuple(core::integer::u8,core::bool)",
		"(core::felt252,)":                     "tuple(core::felt252)",
		"core::array::Array::<core::felt252>":  "core::array::Array(core::felt252)",
		"@core::array::Array::<core::felt252>": "core::array::Array(core::felt252)",
		"core::array::Span::<(a::B, core::option::Option::<a::C>)>": "core::array::Span(tuple(a::B,core::option::Option(a::C)))",
		"[core::integer::u32; 16]":                                  "fixed array(core::integer::u32)",
	} {
		got, err := parseType(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
		} else if show(got) != want {
			t.Errorf("%s: got %s, want %s", in, show(got), want)
		}
	}
	for _, in := range []string{"", "a::<", "(a", "a b", "a::<b>c", "[a; x]", "[a]", ")"} {
		if got, err := parseType(in); err == nil {
			t.Errorf("%q parses as %s", in, show(got))
		}
	}
}

func show(t cairoType) string {
	if len(t.args) == 0 && t.path != tuple {
		return t.path
	}
	var args []string
	for _, a := range t.args {
		args = append(args, show(a))
	}
	return t.path + "(" + strings.Join(args, ",") + ")"
}

func TestNames(t *testing.T) {
	for in, want := range map[string]string{"job_id": "JobID", "min_tier": "MinTier", "balanceOf": "BalanceOf", "r": "R", "__x": "X"} {
		if got := camel(in); got != want {
			t.Errorf("camel(%s) is %s, want %s", in, got, want)
		}
	}
	for in, want := range map[string]string{"type": "type_", "id": "id", "ctx": "ctx_", "job_id": "jobID", "r0": "r0_", "air_id": "airID"} {
		if got := argument(in); got != want {
			t.Errorf("argument(%s) is %s, want %s", in, got, want)
		}
	}
}

// Two structs with one name in different modules get their modules' names.
func TestNameClash(t *testing.T) {
	names, err := nameTypes([]*contract{{name: "A", structs: map[string][]param{"x::one::Point": nil, "x::two::Point": nil, "x::A": nil}}})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{names["x::one::Point"], names["x::two::Point"], names["x::A"]}
	if !slices.Equal(got, []string{"OnePoint", "TwoPoint", "XA"}) {
		t.Errorf("got %v", got)
	}
}

func TestRefusesWhatItCannotExpress(t *testing.T) {
	for name, abi := range map[string]string{
		"no ABI":          `[]`,
		"signed integers": `[{"type":"function","name":"f","inputs":[{"name":"a","type":"core::integer::i64"}],"outputs":[],"state_mutability":"view"}]`,
		"generic struct":  `[{"type":"struct","name":"a::B::<core::felt252>","members":[]}]`,
		"unknown entry":   `[{"type":"l1_handler","name":"f"}]`,
		"two methods":     `[{"type":"function","name":"a_b","inputs":[],"outputs":[]},{"type":"function","name":"a__b","inputs":[],"outputs":[]}]`,
		"empty elements":  `[{"type":"function","name":"f","inputs":[{"name":"a","type":"core::array::Array::<()>"}],"outputs":[]}]`,
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "C.sierra.json"), []byte(`{"abi":`+abi+`}`), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := generate(dir, "p"); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
