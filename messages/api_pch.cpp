// Carries the precompiled header.
namespace troupe {
extern const int api_pch = 1;
}
