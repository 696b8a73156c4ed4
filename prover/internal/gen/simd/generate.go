package simd

import (
	"flag"
	"log"
	"os"
	"regexp"
	"strings"

	"github.com/mmcloughlin/avo/build"
)

// Only AVX-512 has the registers from 16 on, and masks.
var beyondAVX2 = regexp.MustCompile(`\b([XY](1[6-9]|2[0-9]|3[01])|Z[0-9]+|K[0-7])\b`)

// Write writes the files that the command line names, and ends the program if
// a function for AVX2 needs more than AVX2: registers are allocated without
// knowing of this.
func Write() {
	build.Generate()
	text, err := os.ReadFile(flag.Lookup("out").Value.String())
	if err != nil {
		log.Fatal(err)
	}
	function := ""
	for _, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, "TEXT") {
			function, _, _ = strings.Cut(line[len("TEXT ·"):], "(")
		}
		if strings.HasSuffix(function, "AVX2") && beyondAVX2.MatchString(line) {
			log.Fatalf("%s needs more registers than AVX2 has: %s", function, line)
		}
	}
}
