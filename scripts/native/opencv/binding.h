// What every file of the OpenCV binding includes, read once by the compiler.
#include <nan.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
