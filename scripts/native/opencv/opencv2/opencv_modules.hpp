// The modules of OpenCV that twinstile uses. Found before the distribution's own list, it decides what the binding compiles.
#define HAVE_OPENCV_CORE
#define HAVE_OPENCV_IMGPROC
#define HAVE_OPENCV_IMGCODECS
#define HAVE_OPENCV_VIDEOIO
#define HAVE_OPENCV_HIGHGUI
