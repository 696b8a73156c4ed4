// Command blake2s writes package blake2s's generated files: the compression
// function unrolled in Go, and the kernels in assembly.
package main

import (
	"flag"
	"log"

	"github.com/mmcloughlin/avo/build"
)

func main() {
	portable := flag.String("go", "", "file for the portable code")
	flag.Parse() // avo's -out, -stubs and -pkg too
	if err := writePortable(*portable); err != nil {
		log.Fatal(err)
	}
	build.ConstraintExpr("!purego")
	constants()
	avx512()
	avx2()
	build.Generate()
}
