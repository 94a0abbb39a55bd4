// A program that does nothing: what a Swift program costs that has only been started.
import Glibc

print("idle")
while true { pause() }
